// Promise: any number of processes on one table lose nothing and write nothing twice, with nothing between them but the
// conditional PUT of the store: no lock, no database, no coordinator.

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import type { CommitContext } from '#delta/commit'
import { createTable } from '#delta/create'
import { readHistory } from '#delta/history'
import { COMMIT_TIME_MAX_MS } from '#delta/limits'
import { commitRewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot, updateSnapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { coveredRanges, putRange, quotesTable, type RowRange, rangesIn, rowsFile } from '#support/delta/delta_table'
import type { TableProcess, TableProcessResult } from '#support/delta/table_process'
import { describeWithAzure, describeWithS3 } from '#support/services/services'
import { startProgram } from '#support/start_tickerlake'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'

const PROGRAM = new URL('../support/delta/table_process.ts', import.meta.url).pathname
const WRITERS = 16
const COMMIT_ROWS = 10

/** The same on every kind of store; how many commits each writer makes is a matter of its speed. */
function writersInProcesses(remote: RemoteStore, commits: number): void {
  const until = commits * COMMIT_ROWS
  const { settings } = remote

  const times = `${commits} times each`
  test(`sixteen make one table and commit ${times}, while it is compacted, vacuumed and read`, async () => {
    const url = `${await remote.newRoot('writers')}/shared`
    const appIds = Array.from({ length: WRITERS }, (_, i) => `app${String(i).padStart(2, '0')}`)
    const store = await remote.open(url)
    for (let at = 0; at < ORPHANS; at++) await putRange(store, { appId: 'dead', from: at, to: at + 1 })
    const done = new AbortController()
    const running = runAll(appIds.map((appId) => ({ settings, url, appId, until })))
    const meanwhile = Promise.all([
      readMeanwhile(store, { appIds, signal: done.signal }),
      compactMeanwhile(store, { appIds, signal: done.signal }),
      vacuumMeanwhile(store, done.signal),
    ])
    const results = await running.finally(() => done.abort())
    const [reads, compactions, deleted] = await meanwhile
    expect(reads).toBeGreaterThan(10)
    expect(compactions).toBeGreaterThan(0)
    expect(deleted).toBeGreaterThanOrEqual(ORPHANS)

    expect(new Set(results.map((result) => result.tableId)).size).toBe(1)
    for (const { committed, fenced } of results)
      expect({ committed, fenced }).toEqual({ committed: commits, fenced: 0 })
    const snapshot = (await loadSnapshot(store)) as Snapshot
    expect(snapshot.version).toBe(WRITERS * commits + compactions)
    for (const appId of appIds) {
      expect(coveredRanges(snapshot.files.keys(), appId)).toEqual([[0, until]])
      expect(snapshot.txns.get(appId)?.version).toBe(until)
    }
    const history = await readHistory(store)
    expect(history.map((entry) => Number(entry.version)).reverse()).toEqual(
      Array.from({ length: snapshot.version + 1 }, (_, version) => version),
    )
    const writes = history.filter((entry) => entry.operation === 'WRITE')
    expect(new Set(writes.map((entry) => entry.txnId)).size).toBe(WRITERS * commits)
    const held = (await Promise.all([...snapshot.files.keys()].map((path) => rangesIn(store, path)))).flat()
    expect(held).toHaveLength(WRITERS * commits)
    for (const appId of appIds) expect(covered(held.filter((range) => range.appId === appId))).toEqual([[0, until]])
    // Nobody writes any more, so that all can go that the newest version does not have.
    await vacuumOnce(store, 0)
    expect(await dataKeys(store)).toEqual([...snapshot.files.keys()].sort())
    expect(writes.reduce((rows, entry) => rows + (entry.metrics.rowsAdded ?? 0), 0)).toBe(WRITERS * until)
  }, 600_000)

  test('two with the same application id: exactly one of them wins each range', async () => {
    const url = `${await remote.newRoot('writers')}/twins`
    const store = await remote.open(url)
    // It is there before they are, so that both begin at its version 0 and want the same range.
    await createTable(store, quotesTable, newContext())
    const twin = { settings, url, appId: 'twin', until }
    const results = await runAll([twin, twin])
    const snapshot = (await loadSnapshot(store)) as Snapshot
    expect(coveredRanges(snapshot.files.keys(), 'twin')).toEqual([[0, until]])
    expect(snapshot.version).toBe(commits)
    expect(snapshot.files.size).toBe(commits)
    expect(results.reduce((sum, { committed }) => sum + committed, 0)).toBe(commits)
    expect(results.reduce((sum, { fenced }) => sum + fenced, 0)).toBeGreaterThan(0)
  })
}

describeWithS3('writers in processes of their own, on S3', (s3) => writersInProcesses(remoteS3(s3), 50))

describeWithAzure('writers in processes of their own, on Azure', (azure) => writersInProcesses(remoteAzure(azure), 10))

/** Starts all, lets them go at the same moment, and waits for what they say. */
async function runAll(works: readonly TableProcess[]): Promise<readonly TableProcessResult[]> {
  const processes = works.map((work) => startProgram([PROGRAM, JSON.stringify(work)], {}))
  await Promise.all(processes.map((each) => each.waitForLine(/^ready$/, 60_000)))
  for (const each of processes) each.input('go\n')
  const ends = await Promise.all(processes.map((each) => each.ended))
  const stderr = processes.flatMap((each) => each.stderr).join('\n')
  expect(ends, stderr).toEqual(works.map(() => ({ code: 0, signal: null })))
  return processes.map((each) => JSON.parse(each.stdout.at(-1) ?? '') as TableProcessResult)
}

/** Reads the table all the while: each state must be whole, and none may be older than the one before. */
async function readMeanwhile(
  store: ObjectStore,
  { appIds, signal }: { appIds: readonly string[]; signal: AbortSignal },
): Promise<number> {
  let [reads, last]: [number, Snapshot | undefined] = [0, undefined]
  while (!signal.aborted) {
    await systemClock.sleep(READ_PAUSE_MS, signal).catch(() => {})
    const snapshot: Snapshot | undefined =
      last === undefined ? await loadSnapshot(store) : await updateSnapshot(store, last)
    if (snapshot === undefined) continue
    expect(snapshot.version).toBeGreaterThanOrEqual(last?.version ?? 0)
    for (const appId of appIds) {
      const next = snapshot.txns.get(appId)?.version
      expect(coveredRanges(snapshot.files.keys(), appId)).toEqual(next === undefined ? [] : [[0, next]])
    }
    const there = new Set(await dataKeys(store))
    // What the listing lacks is asked for by itself, which fails when it is gone.
    const unlisted = [...snapshot.files.keys()].filter((path) => !there.has(path))
    await Promise.all(unlisted.map((path) => rangesIn(store, path)))
    last = snapshot
    reads++
  }
  return reads
}

/** Merges an application's files into one and writes a checkpoint, again and again, and once when all is written. */
async function compactMeanwhile(
  store: ObjectStore,
  { appIds, signal }: { appIds: readonly string[]; signal: AbortSignal },
): Promise<number> {
  const context = newContext()
  let compactions = 0
  while (!signal.aborted) {
    await systemClock.sleep(COMPACTION_PAUSE_MS, signal).catch(() => {})
    const snapshot = await loadSnapshot(store)
    for (const appId of snapshot === undefined ? [] : appIds) {
      const replaced = [...(snapshot as Snapshot).files.values()].filter((file) => file.path.includes(`/${appId}-`))
      const [range] = coveredRanges(
        replaced.map((file) => file.path),
        appId,
      )
      if (range === undefined || replaced.length < 2) continue
      const ranges = (await Promise.all(replaced.map((file) => rangesIn(store, file.path)))).flat()
      const [from, to] = range
      const merged = { ...(await putRange(store, { appId, from, to }, ranges)), dataChange: false }
      const rewrite = { replaced, files: [merged] }
      const outcome = await commitRewrite(store, snapshot as Snapshot, rewrite, context)
      expect(outcome.kind, outcome.kind === 'conflict' ? outcome.reason : '').toBe('committed')
      compactions++
      await writeCheckpoint(store, outcome.snapshot, { clock: systemClock })
      break
    }
  }
  return compactions
}

/** Vacuums all the while; how many objects went. */
async function vacuumMeanwhile(store: ObjectStore, signal: AbortSignal): Promise<number> {
  const begun = systemClock.now()
  let deleted = 0
  while (!signal.aborted) {
    await systemClock.sleep(VACUUM_PAUSE_MS, signal).catch(() => {})
    deleted += await vacuumOnce(store, Math.min(systemClock.now() - begun, RETENTION_MS))
  }
  return deleted
}

async function vacuumOnce(store: ObjectStore, retentionMs: number): Promise<number> {
  const plan = await planVacuum(store, { now: systemClock.now(), retentionMs, force: true })
  return plan === undefined ? 0 : (await executeVacuum(store, plan)).deleted
}

function newContext(): CommitContext {
  return { clock: systemClock, newId: randomUUID, random: () => 0.5 }
}

async function dataKeys(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('date=')) keys.push(key)
  return keys
}

function covered(ranges: readonly RowRange[]): [from: number, to: number][] {
  return coveredRanges(
    ranges.map(({ appId, from, to }) => rowsFile(appId, from, to).path),
    ranges[0]?.appId ?? '',
  )
}

/** Objects of writers that died before they committed. */
const ORPHANS = 10
/** Longer than a writer tries to commit what it has put; what is younger than the test is left alone as well. */
const RETENTION_MS = COMMIT_TIME_MAX_MS + 30_000
const VACUUM_PAUSE_MS = 700
const COMPACTION_PAUSE_MS = 500
const READ_PAUSE_MS = 100
