// A table that does, when told to, all that our tables do in their life, in whatever order. It remembers what each
// version was (its rows, and its entry's bytes), so that a copy can be held against versions that are cleaned away by
// then. Data objects hold the numbers of their rows as JSON. Time passes only when it is told to.

import { writeCheckpoint } from '#delta/checkpoint'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { evolveSchema } from '#delta/evolve'
import { commitKey } from '#delta/log/listing'
import { cleanLog } from '#delta/log_cleanup'
import { commitRewrite } from '#delta/rewrite_commit'
import { type Snapshot, updateSnapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import type { ObjectStore } from '#object-store/object_store'
import { DAY_MS } from '#runtime/units'
import { advanceOf, column, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'

/** What was true of one version. */
export interface RememberedVersion {
  readonly rows: readonly number[]
  readonly entry: Uint8Array
}

const APP_ID = 'app'
const ROWS_PER_FILE = 10
const RETENTION_MS = 7 * DAY_MS

/** The table; made by `makeLivingTable`. */
export class LivingTable {
  readonly store: ObjectStore
  readonly versions = new Map<number, RememberedVersion>()
  readonly context: CommitContext
  #snapshot: Snapshot
  #columns = 0
  #files = 0

  constructor(store: ObjectStore, snapshot: Snapshot, context: CommitContext) {
    this.store = store
    this.context = context
    this.#snapshot = snapshot
  }

  get version(): number {
    return this.#snapshot.version
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Appends that many files of ten rows each, by one commit. */
  async append(files = 1): Promise<void> {
    const from = this.#rows
    const adds = []
    for (let at = 0; at < files; at++) {
      const rows = Array.from({ length: ROWS_PER_FILE }, (_, i) => from + at * ROWS_PER_FILE + i)
      adds.push(await this.#putRows(rows))
    }
    const txns = [advanceOf(APP_ID, from === 0 ? null : from, from + files * ROWS_PER_FILE)]
    const change = { files: adds, txns, operation: 'WRITE' }
    const outcome = await commitAppend(this.store, this.#snapshot, change, this.context)
    if (outcome.kind !== 'committed') throw new Error(`the append ended as ${outcome.kind}`)
    await this.#remember(outcome.snapshot)
  }

  /** Merges all files into one. */
  async compact(): Promise<void> {
    const replaced = [...this.#snapshot.files.values()]
    if (replaced.length < 2) return
    const file = await this.#putRows(await liveRows(this.store, this.#snapshot))
    const rewrite = { replaced, files: [{ ...file, dataChange: false }] }
    const outcome = await commitRewrite(this.store, this.#snapshot, rewrite, this.context)
    if (outcome.kind !== 'committed') throw new Error(`the compaction ended as ${outcome.reason}`)
    await this.#remember(outcome.snapshot)
  }

  /** Adds a column. */
  async evolve(): Promise<void> {
    const added = column(`extra_${++this.#columns}`, 'string')
    const wanted = { ...this.#snapshot.schema, fields: [...this.#snapshot.schema.fields, added] }
    const outcome = await evolveSchema(this.store, this.#snapshot, wanted, this.context)
    if (outcome.kind === 'refused') throw new Error(outcome.reason)
    await this.#remember(outcome.snapshot)
  }

  async checkpoint(): Promise<void> {
    await writeCheckpoint(this.store, this.#snapshot, this.context)
  }

  /** Deletes the entries that are out of retention, if a checkpoint stands for them. */
  async clean(): Promise<void> {
    await cleanLog(this.store, this.#snapshot, this.context)
  }

  /** Deletes the files that no version within the retention needs. */
  async vacuum(): Promise<void> {
    const plan = await planVacuum(this.store, { now: this.context.clock.now(), retentionMs: RETENTION_MS })
    if (plan !== undefined) await executeVacuum(this.store, plan)
  }

  async days(count: number): Promise<void> {
    await this.context.clock.sleep(count * DAY_MS)
  }

  get #rows(): number {
    return Number(this.#snapshot.txns.get(APP_ID)?.version ?? 0)
  }

  async #putRows(rows: readonly number[]) {
    const body = new TextEncoder().encode(JSON.stringify(rows))
    const file = rowsFile(APP_ID, Math.min(...rows), Math.max(...rows) + 1, `f${++this.#files}`)
    await this.store.put(file.path, body)
    return { ...file, size: body.length, stats: JSON.stringify({ numRecords: rows.length }) }
  }

  async #remember(snapshot: Snapshot): Promise<void> {
    this.#snapshot = await updateSnapshot(this.store, snapshot)
    await rememberVersion(this)
  }
}

/** Makes the table. Its store must stamp its objects by the context's clock. */
export async function makeLivingTable(store: ObjectStore, context = testContext('life')): Promise<LivingTable> {
  const table = new LivingTable(store, await createTable(store, quotesTable, context), context)
  await rememberVersion(table)
  return table
}

async function rememberVersion({ store, versions, snapshot }: LivingTable): Promise<void> {
  const entry = await store.get(commitKey(snapshot.version))
  if (entry === undefined) throw new Error(`version ${snapshot.version} has no entry`)
  versions.set(snapshot.version, { rows: await liveRows(store, snapshot), entry })
}

/** The rows of all live files, by the objects themselves; fails when one is not there, or of another size. */
export async function liveRows(store: ObjectStore, snapshot: Snapshot): Promise<readonly number[]> {
  const rows: number[] = []
  for (const { path, size } of snapshot.files.values()) {
    const body = await store.get(path)
    if (body === undefined) throw new Error(`${path} is in the table, but not in the store`)
    if (body.length !== size) throw new Error(`${path} has ${body.length} bytes, not ${size}`)
    rows.push(...(JSON.parse(new TextDecoder().decode(body)) as number[]))
  }
  return rows.sort((a, b) => a - b)
}
