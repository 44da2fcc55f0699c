// Reads checkpoints of all kinds: classic, multi-part, and V2 with its sidecars, as Parquet or JSON. Rows become
// actions by the same code as lines of the log, so both are trusted as little. Source: PROTOCOL.md, Checkpoints.

import { fileIdentity, hasVector } from '#delta/data_file/identity'
import { type EntrySource, emptySink, type Fields, isFields, takeActions } from '#delta/log/entry'
import { parseLogJson } from '#delta/log/json'
import { type ListedCheckpoint, LOG_FOLDER } from '#delta/log/listing'
import { type CheckpointState, tombstoneOf } from '#delta/log/reconciliation'
import { requireVectorFeature } from '#delta/protocol'
import type { ObjectStore } from '#object-store/object_store'
import { parquetColumnNames, type RangedFile } from '#parquet-bytes/footer'
import { type FieldFilter, readParquetColumns } from '#parquet-bytes/read_columns'
import { messageOf, PlatformError } from '#runtime/errors'

/**
 * Reads the checkpoint. Throws TABLE_CORRUPT when it is incomplete or damaged, so that another one may do; and STORE_
 * errors.
 */
export async function readCheckpoint(store: ObjectStore, checkpoint: ListedCheckpoint): Promise<CheckpointState> {
  const state = await collect(store, checkpoint, isNeeded)
  // A sidecar has no sidecars of its own.
  for (const key of state.sidecars.splice(0)) await readFile(store, key, { state, isNeeded })
  return state.finish(checkpoint.keys[0] ?? '')
}

/** What a checkpoint says of the table as a whole. */
export type CheckpointRules = Pick<CheckpointState, 'protocol' | 'metadata'>

/** Reads of the checkpoint what applies to the whole table, and nothing of its files. Throws as readCheckpoint does. */
export async function readCheckpointRules(store: ObjectStore, checkpoint: ListedCheckpoint): Promise<CheckpointRules> {
  const state = await collect(store, checkpoint, ([name = '']) => RULES.has(name))
  const { protocol, metadata } = state.finish(checkpoint.keys[0] ?? '')
  return { protocol, metadata }
}

/** Reads the checkpoint's own files, without sidecars. */
async function collect(store: ObjectStore, checkpoint: ListedCheckpoint, isNeeded: FieldFilter): Promise<Collector> {
  const { keys, missingParts, version, modified } = checkpoint
  const source = { url: store.url, version, modified }
  if (missingParts > 0) throw unusable(source, keys[0] ?? '', `${missingParts} of its parts are missing`)
  const state = new Collector(source)
  for (const key of keys) await readFile(store, key, { state, isNeeded })
  return state
}

/**
 * The keys of the sidecars that a file of a checkpoint names, given its bytes; most have none. Throws TABLE_CORRUPT.
 */
export async function sidecarsIn(key: string, bytes: Uint8Array, source: EntrySource): Promise<readonly string[]> {
  const state = new Collector(source)
  await takeFile(key, bytes, { state, isNeeded: ([name]) => name === 'sidecar' })
  return state.sidecars
}

/**
 * Whether a file of a checkpoint may name sidecars, told by its footer: a classic one has no column for them. What
 * `read` throws passes unchanged; any other Error says what is wrong with the file.
 */
export async function mayNameSidecars(key: string, file: RangedFile): Promise<boolean> {
  return key.endsWith('.json') || (await parquetColumnNames(file)).includes('sidecar')
}

/** Whose rows are read, and which of their columns. */
interface Reading {
  readonly state: Collector
  readonly isNeeded: FieldFilter
}

async function readFile(store: ObjectStore, key: string, reading: Reading): Promise<void> {
  const bytes = await store.get(key)
  if (bytes === undefined) throw unusable(reading.state.source, key, 'it is not there')
  await takeFile(key, bytes, reading)
}

async function takeFile(key: string, bytes: Uint8Array, { state, isNeeded }: Reading): Promise<void> {
  try {
    if (key.endsWith('.json')) for (const row of jsonRows(bytes)) state.take(row)
    else for await (const { column, values } of readParquetColumns(bytes, isNeeded)) state.takeAll(column, values)
  } catch (error) {
    if (error instanceof PlatformError && error.code !== 'TABLE_CORRUPT') throw error
    throw unusable(state.source, key, messageOf(error), error)
  }
}

function* jsonRows(bytes: Uint8Array): Generator<Fields, void, void> {
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const row = line.trim() === '' ? undefined : parseLogJson(line)
    if (isFields(row)) yield row
  }
}

/** The columns that are of the table as a whole. */
const RULES: ReadonlySet<string> = new Set(['protocol', 'metaData'])

const ACTIONS: ReadonlySet<string> = new Set(['protocol', 'metaData', 'add', 'remove', 'txn', 'sidecar'])

/** Copies of what the log says in text, and what nobody reads of a removed file. */
const NOT_NEEDED: ReadonlySet<string> = new Set([
  'add.stats_parsed',
  'add.partitionValues_parsed',
  'remove.stats',
  'remove.stats_parsed',
  'remove.partitionValues_parsed',
])

function isNeeded(path: readonly string[]): boolean {
  return path.length === 1 ? ACTIONS.has(path[0] ?? '') : path.length > 2 || !NOT_NEEDED.has(path.join('.'))
}

/** Fields that are maps: a null in them is a value. */
const MAPS: ReadonlySet<string> = new Set(['partitionValues', 'tags', 'configuration', 'options'])

/** A struct as the log's JSON would have it: without nulls, and with numbers where a double holds them exactly. */
function structOf(struct: Fields): Fields {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(struct)) {
    if (value === null || value === undefined) continue
    fields[name] = MAPS.has(name) ? value : plain(value)
  }
  return fields
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return isFields(value) ? structOf(value) : value
}

/** The state as it comes together. Later rows do not outdo earlier ones: a checkpoint names everything once. */
class Collector {
  readonly source: EntrySource
  readonly sidecars: string[] = []
  readonly #files: CheckpointState['files'] = new Map()
  readonly #tombstones: CheckpointState['tombstones'] = new Map()
  readonly #txns: CheckpointState['txns'] = new Map()
  #hasVectors = false
  readonly #sink: ReturnType<typeof emptySink>

  constructor(source: EntrySource) {
    this.source = source
    this.#sink = emptySink(source)
  }

  /** The actions of one kind: a row has one action, so most values of a column are none. */
  takeAll(column: string, values: ArrayLike<unknown>): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (isFields(value)) this.take({ [column]: structOf(value) })
    }
  }

  take(row: Fields): void {
    const sink = this.#sink
    takeActions(sink, row, this.source)
    for (const add of sink.adds.splice(0)) {
      this.#hasVectors ||= hasVector(add)
      this.#files.set(fileIdentity(add, this.source.url), add)
    }
    for (const remove of sink.removes.splice(0))
      this.#tombstones.set(fileIdentity(remove, this.source.url), tombstoneOf(remove))
    for (const txn of sink.txns.splice(0)) this.#txns.set(txn.appId, txn)
    if (isFields(row.sidecar)) this.sidecars.push(sidecarKey(row.sidecar))
  }

  finish(key: string): CheckpointState {
    const { protocol, metadata } = this.#sink
    if (protocol === undefined) throw unusable(this.source, key, 'it has no protocol')
    if (metadata === undefined) throw unusable(this.source, key, 'it has no metaData')
    if (typeof metadata.schemaString !== 'string') throw unusable(this.source, key, 'its metaData has no schemaString')
    if (this.#hasVectors) requireVectorFeature(this.source.url, protocol)
    // The same file may be live and a tombstone of its former self.
    for (const file of this.#tombstones.keys()) if (this.#files.has(file)) this.#tombstones.delete(file)
    return { protocol, metadata, files: this.#files, tombstones: this.#tombstones, txns: this.#txns }
  }
}

/** Sidecars stand in one folder, whatever stands before their names. */
function sidecarKey({ path }: Fields): string {
  const name = typeof path === 'string' ? decodeURIComponent(path).split('/').at(-1) : undefined
  if (name === undefined || name === '' || name === '..') throw new Error('a sidecar has no path')
  return `${LOG_FOLDER}_sidecars/${name}`
}

function unusable({ url, version }: EntrySource, key: string, reason: string, cause?: unknown): PlatformError {
  const message = `the checkpoint ${key} of ${url} cannot be used: ${reason}`
  return new PlatformError('TABLE_CORRUPT', message, { cause, fields: { table: url, version, key } })
}
