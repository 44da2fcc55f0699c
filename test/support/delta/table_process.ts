// A process of its own that creates a table, unless it is there, and commits to it, for tests of writers that share
// nothing else. Its one argument is JSON (TableProcess). It says `ready`, waits for a line, and says what it did as a
// line of JSON. It begins with what it knew of the table when it was ready, however late its turn comes.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openObjectStore, type StoreSettings } from '#object-store/open'
import { systemClock } from '#runtime/clock'
import { advanceOf, putRange, quotesTable } from '#support/delta/delta_table'

/** What the process shall do. */
export interface TableProcess {
  readonly url: string
  readonly settings: StoreSettings
  readonly appId: string
  /** The application's progress at which it is done. */
  readonly until: number
}

/** What it did. */
export interface TableProcessResult {
  readonly tableId: string
  readonly committed: number
  readonly fenced: number
}

/** Rows of a commit. */
export const COMMIT_ROWS = 10

const { url, settings, appId, until } = JSON.parse(process.argv[2] ?? '') as TableProcess
const store = await openObjectStore(url, settings)
const context = { clock: systemClock, newId: randomUUID, random: Math.random }

async function run(): Promise<TableProcessResult> {
  // A first request, so that what comes next is not held up by loading and connecting.
  const known = await loadSnapshot(store)
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  let snapshot: Snapshot = known ?? (await createTable(store, quotesTable, context))
  const tableId = snapshot.metadata.id
  let [committed, fenced] = [0, 0]
  for (let from = progress(snapshot); (from ?? 0) < until; from = progress(snapshot)) {
    const at = from ?? 0
    const files = [await putRange(store, { appId, from: at, to: at + COMMIT_ROWS })]
    const txns = [advanceOf(appId, from, at + COMMIT_ROWS)]
    const outcome = await commitAppend(store, snapshot, { files, txns, operation: 'WRITE' }, context)
    if (outcome.kind === 'conflict') throw new Error(outcome.reason)
    if (outcome.kind === 'committed') committed++
    else fenced++
    snapshot = outcome.snapshot
  }
  return { tableId, committed, fenced }
}

function progress(snapshot: Snapshot): number | null {
  const version = snapshot.txns.get(appId)?.version
  return version === undefined ? null : Number(version)
}

process.stdout.write(`${JSON.stringify(await run())}\n`, () => process.exit())
