// All that a writer does to a table in its life, in an order that whoever comes after it can go on with: it is made,
// appended to under a txn, given a checkpoint, cleaned of its old entries, compacted, appended to and vacuumed. Data
// objects hold the numbers of their rows as JSON. Imports little: a process that only does this shall start quickly.

import { randomUUID } from 'node:crypto'
import { writeCheckpoint } from '#delta/checkpoint'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { cleanLog } from '#delta/log_cleanup'
import { commitRewrite } from '#delta/rewrite_commit'
import type { Snapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import { type EpochMs, epochMs } from '#runtime/units'
import { advanceOf, quotesTable, rowsFile } from '#support/delta/delta_table'

/** Whose txn it is. */
export const APP_ID = 'app'
/** Rows of a commit. */
const COMMIT_ROWS = 10
/** Rows after the first part of the life, and at its end. */
const ROWS_BEFORE = 30
export const ROWS_AT_END = 50

const DAY_MS = 86_400_000

/** The time in so many days: what happens then finds what happened before old enough to be cleaned. */
function clockIn(days: number): Clock {
  return { ...systemClock, now: () => (systemClock.now() + days * DAY_MS) as EpochMs }
}

function contextIn(days: number): CommitContext {
  return { clock: clockIn(days), newId: randomUUID, random: Math.random }
}

/** Lives from wherever the table stands to its end; tells of every append that was acknowledged. */
export async function liveThrough(store: ObjectStore, onCommitted: (rows: number) => void = () => {}): Promise<void> {
  let snapshot = await createTable(store, quotesTable, contextIn(0))
  snapshot = await append(store, snapshot, { until: ROWS_BEFORE, context: contextIn(0), onCommitted })
  await writeCheckpoint(store, snapshot, contextIn(0))
  await cleanLog(store, snapshot, contextIn(40))
  snapshot = await compact(store, snapshot, contextIn(40))
  snapshot = await append(store, snapshot, { until: ROWS_AT_END, context: contextIn(40), onCommitted })
  await writeCheckpoint(store, snapshot, contextIn(40))
  await vacuum(store, clockIn(80).now())
}

/** How far the table says that its writer got. */
export function progressOf(snapshot: Snapshot): number | null {
  const version = snapshot.txns.get(APP_ID)?.version
  return version === undefined ? null : Number(version)
}

interface AppendWork {
  readonly until: number
  readonly context: CommitContext
  readonly onCommitted: (rows: number) => void
}

async function append(store: ObjectStore, from: Snapshot, { until, context, onCommitted }: AppendWork) {
  let snapshot = from
  for (let at = progressOf(snapshot); (at ?? 0) < until; at = progressOf(snapshot)) {
    const to = (at ?? 0) + COMMIT_ROWS
    const file = await putRows(
      store,
      Array.from({ length: COMMIT_ROWS }, (_, i) => (at ?? 0) + i),
    )
    const change = { files: [file], txns: [advanceOf(APP_ID, at, to)], operation: 'WRITE' }
    const outcome = await commitAppend(store, snapshot, change, context)
    if (outcome.kind !== 'committed') throw new Error(`the append ended as ${outcome.kind}`)
    onCommitted(to)
    snapshot = outcome.snapshot
  }
  return snapshot
}

/** Merges all that there is into one object. */
async function compact(store: ObjectStore, snapshot: Snapshot, context: CommitContext): Promise<Snapshot> {
  const replaced = [...snapshot.files.values()]
  if (replaced.length < 2) return snapshot
  const file = await putRows(store, await rowsIn(store, snapshot))
  const rewrite = { replaced, files: [{ ...file, dataChange: false }] }
  const outcome = await commitRewrite(store, snapshot, rewrite, context)
  if (outcome.kind !== 'committed') throw new Error(`the compaction ended as ${outcome.reason}`)
  return outcome.snapshot
}

/** Nobody else writes, so that the time alone says what is not needed. */
async function vacuum(store: ObjectStore, now: EpochMs): Promise<void> {
  const plan = await planVacuum(store, { now: epochMs(now), retentionMs: 7 * DAY_MS })
  if (plan !== undefined) await executeVacuum(store, plan)
}

async function putRows(store: ObjectStore, rows: readonly number[]) {
  const body = new TextEncoder().encode(JSON.stringify(rows))
  const file = rowsFile(APP_ID, Math.min(...rows), Math.max(...rows) + 1, randomUUID())
  await store.put(file.path, body)
  return { ...file, size: body.length, stats: JSON.stringify({ numRecords: rows.length }) }
}

/** The rows of all live files, by the objects themselves; fails when one is not there. */
export async function rowsIn(store: ObjectStore, snapshot: Snapshot): Promise<number[]> {
  const rows: number[] = []
  for (const { path } of snapshot.files.values()) {
    const body = await store.get(path)
    if (body === undefined) throw new Error(`${path} is in the table, but not in the store`)
    rows.push(...(JSON.parse(new TextDecoder().decode(body)) as number[]))
  }
  return rows.sort((a, b) => a - b)
}
