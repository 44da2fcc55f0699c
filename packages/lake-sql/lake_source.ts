// The lake as queries see it: tables by name, each at one version of its Delta log. The log is read here, by the
// caller; the child that runs the query is handed local files and nothing else.

import { hasVector } from '#delta/data_file/identity'
import { objectKeyOf } from '#delta/data_file/path'
import { bytesIn } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import { mappingMode, physicalName } from '#delta/schema/column_mapping'
import { partitionValue } from '#delta/schema/partition_value'
import { allFields, type StructType } from '#delta/schema/schema'
import { isWidened } from '#delta/schema/type_widening'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { requiredDuckdbType } from '#duckdb/types'
import { fileDeletions } from '#lake-sql/deletion_vectors/file_deletions'
import { type FileCacheOptions, localFiles } from '#lake-sql/file_cache'
import { READER_SMALL_BYTES_MAX, READER_SMALL_FILE_BYTES } from '#lake-sql/limits'
import type { FileGroup, GeneratedTable, LakeColumn, LocalTable, TableShape } from '#lake-sql/local_table'
import type { Needs } from '#lake-sql/messages'
import type { Condition, Scans } from '#lake-sql/pruning/condition'
import { prunedFiles } from '#lake-sql/pruning/pruned_files'
import type { TableSource } from '#lake-sql/query'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, TableVersion } from '#runtime/units'

export type { Condition }

/** A table by the name that queries use. */
export interface NamedTable {
  readonly name: string
  /** The table's root. */
  readonly store: ObjectStore
  /** What it will look like while it is not there yet: then it is an empty table. Without this it must be there. */
  readonly expected?: { readonly schema: StructType; readonly partitionColumns: readonly string[] }
  /** The state to read, whatever time is asked for: of one who looked before and must see the same again. */
  readonly snapshot?: Snapshot
}

/** Which state of the tables a query sees. */
export type PointInTime =
  | { readonly kind: 'newest' }
  | { readonly kind: 'version'; readonly version: TableVersion }
  | { readonly kind: 'asOf'; readonly time: EpochMs }

/** A lake to query. */
export interface LakeOptions {
  /** Where it is, for people. */
  readonly url: string
  readonly tables: readonly NamedTable[]
  /** Those beside them that have no files. They have no versions either. */
  readonly generated?: readonly GeneratedTable[]
  readonly at: PointInTime
  readonly cache: FileCacheOptions
  /** Told of each table that a query reads. */
  readonly onRead?: (read: TableRead) => void
}

/** What is read of a table for a query: the files that its partition values and statistics do not rule out. */
export interface TableRead {
  readonly table: string
  readonly files: number
  readonly filesTotal: number
  readonly bytes: number
  readonly bytesTotal: number
}

/** The lake's tables for a query. Snapshots are taken when the query asks, all close together. */
export function lakeSource(lake: LakeOptions): TableSource {
  const byName = new Map(lake.tables.map((table) => [table.name.toLowerCase(), table]))
  const generated = lake.generated ?? []
  return {
    names: [...byName.keys(), ...generated.map(({ name }) => name.toLowerCase())],
    async load(needs, plan) {
      const needed = needs.tables.flatMap((name) => byName.get(name) ?? [])
      requireOneForVersion(lake.at, needed)
      const states = await loadStates(lake, needed)
      const made = generated.filter(({ name }) => needs.tables.includes(name.toLowerCase()))
      const scans = await plan([...states.map(({ table, snapshot }) => shape(table, snapshot)), ...made.map(shapeOf)])
      const tables: LocalTable[] = []
      for (const state of states) tables.push(await localTable(state, scans, lake))
      for (const table of made) {
        tables.push({ ...shapeOf(table), partitionColumns: [], content: [], rows: await table.rows() })
      }
      return [...tables, ...(await listedTables(lake, needs))]
    },
  }
}

function shapeOf({ name, columns }: GeneratedTable): TableShape {
  return { name, columns }
}

/** A table at one version; undefined: it is not there yet. */
export interface TableState {
  readonly table: NamedTable
  readonly snapshot: Snapshot | undefined
}

async function loadStates(lake: LakeOptions, tables: readonly NamedTable[]): Promise<readonly TableState[]> {
  const loads = tables.map(async (table) => ({ table, snapshot: await loadAt(table, lake.at) }))
  const results = await Promise.allSettled(loads)
  const found = results.some((result) => result.status === 'fulfilled' && result.value.snapshot !== undefined)
  const states = results.map((result, i) => {
    if (result.status === 'fulfilled') return result.value
    // A table that was not there yet at that time is empty, as long as another one was.
    if (found && lake.at.kind === 'asOf' && isNotFound(result.reason)) return emptyState(tables[i], result.reason)
    throw result.reason
  })
  if (!found && tables.length > 0) await requireLake(lake)
  return states
}

async function loadAt(table: NamedTable, at: PointInTime): Promise<Snapshot | undefined> {
  if (table.snapshot !== undefined) return table.snapshot
  const snapshot = await loadSnapshot(table.store, snapshotOptions(at))
  if (snapshot !== undefined || table.expected !== undefined) return snapshot
  const message = `there is no Delta table at ${table.store.url}; --attach takes the folder that holds _delta_log`
  throw new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: table.name } })
}

function snapshotOptions(at: PointInTime): { version?: TableVersion; asOf?: EpochMs } {
  if (at.kind === 'newest') return {}
  return at.kind === 'version' ? { version: at.version } : { asOf: at.time }
}

/**
 * A table whose log was cleaned up that far names its oldest version: it was there, with rows that cannot be told now.
 */
function isNotFound(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'TABLE_NOT_FOUND' && error.fields.oldest === undefined
}

function emptyState(table: NamedTable | undefined, error: unknown): TableState {
  if (table?.expected === undefined) throw error
  return { table, snapshot: undefined }
}

/** When none of the tables that a query names is there, the likely reason is that nothing is there at all. */
async function requireLake(lake: LakeOptions): Promise<void> {
  for (const table of lake.tables) {
    if ((await loadSnapshot(table.store)) !== undefined) return
  }
  throw noTables(lake.url)
}

/** What a user hears who asks before there is anything. */
export function noTables(url: string): PlatformError {
  const advice =
    'start the pipeline with `tickerlake start` (or `docker compose up`), or set LAKE_URL to where they are'
  return new PlatformError('TABLE_NOT_FOUND', `no tables at ${url} yet: ${advice}`, { fields: { lake: url } })
}

async function listedTables(lake: LakeOptions, needs: Needs): Promise<readonly LocalTable[]> {
  if (!needs.catalog) return []
  const isOther = ({ name }: TableShape | NamedTable) => !needs.tables.includes(name.toLowerCase())
  const others = lake.tables.filter(isOther).map(async (table) => ({
    ...shape(table, await loadAt(table, { kind: 'newest' })),
    content: 'listed' as const,
  }))
  const generated = (lake.generated ?? []).filter(isOther).map((table) => ({
    ...shapeOf(table),
    partitionColumns: [],
    content: 'listed' as const,
  }))
  return [...(await Promise.all(others)), ...generated]
}

/** How a table is made ready. */
export interface LocalTableOptions extends Pick<LakeOptions, 'cache' | 'onRead'> {
  /** Whether a reader is to know which files are small ones. */
  readonly namesSmall?: boolean
}

/** The table as it is read: with the files that its scans may need, on this machine. */
export async function localTable(
  { table, snapshot }: TableState,
  scans: Scans,
  { cache, onRead, namesSmall = false }: LocalTableOptions,
): Promise<LocalTable> {
  const columns = shape(table, snapshot)
  if (snapshot === undefined) return { ...columns, content: [] }
  const files = prunedFiles(snapshot, scans[table.name.toLowerCase()])
  onRead?.({
    table: table.name,
    files: files.length,
    filesTotal: snapshot.files.size,
    bytes: bytesIn(files),
    bytesTotal: bytesIn([...snapshot.files.values()]),
  })
  const wanted = files.map((file) => ({ key: objectKeyOf(file.path, table.store.url), size: Number(file.size) }))
  const paths = await localFiles(table.store, wanted, cache)
  const deletions = await fileDeletions(table.store, files, paths)
  const content = groupFiles(snapshot, files, paths)
  const small = namesSmall ? { small: smallFiles(snapshot, files, paths) } : {}
  return { ...columns, ...mappingOf(snapshot), deletions, content, ...small }
}

/** None of a table whose files have to be looked into before they are read. */
function smallFiles(snapshot: Snapshot, files: readonly AddFile[], paths: readonly string[]): readonly string[] {
  if (mappingOf(snapshot).mapping !== undefined) return []
  let bytes = 0
  return paths.filter((_, i) => {
    const file = files[i] as AddFile
    const size = Number(file.size)
    if (size > READER_SMALL_FILE_BYTES || bytes + size > READER_SMALL_BYTES_MAX || hasVector(file)) return false
    bytes += size
    return true
  })
}

function mappingOf({ metadata, schema }: Snapshot): Pick<LocalTable, 'mapping'> {
  const mode = mappingMode(metadata) ?? 'none'
  const anyWidened = [...allFields(schema)].some(({ field }) => isWidened(field))
  return mode === 'none' && !anyWidened ? {} : { mapping: { mode, fields: schema.fields } }
}

function shape(table: NamedTable, snapshot: Snapshot | undefined): Omit<LocalTable, 'content'> {
  const schema = snapshot?.schema ?? table.expected?.schema
  const partitionColumns = snapshot?.metadata.partitionColumns ?? table.expected?.partitionColumns
  if (schema === undefined || partitionColumns === undefined) throw new Error(`nothing is known of ${table.name}`)
  return { name: table.name, columns: columnsOf(withLaterColumns(schema, table.expected?.schema)), partitionColumns }
}

/** A table that was last written before a column came reads as if it had it: NULL, as in files from before. */
function withLaterColumns(schema: StructType, expected: StructType = schema): StructType {
  const names = new Set(schema.fields.map(({ name }) => name.toLowerCase()))
  const later = expected.fields.filter(({ name, nullable }) => nullable && !names.has(name.toLowerCase()))
  return { ...schema, fields: [...schema.fields, ...later] }
}

function columnsOf(schema: StructType): readonly LakeColumn[] {
  return schema.fields.map(({ name, type }) => ({ name, type: requiredDuckdbType(type) }))
}

/**
 * One group for each tuple of partition values, in the order of their first file; files with deletion vectors apart, as
 * the others are read without looking for deleted rows.
 */
function groupFiles(snapshot: Snapshot, files: readonly AddFile[], paths: readonly string[]): readonly FileGroup[] {
  const groups = new Map<string, FileGroup & { readonly files: string[] }>()
  files.forEach((file, i) => {
    const hasDeletions = hasVector(file)
    const key = JSON.stringify([hasDeletions, ...Object.entries(file.partitionValues).sort()])
    const partitionValues = partitionValuesOf(snapshot, file)
    const group = groups.get(key) ?? { partitionValues, files: [], ...(hasDeletions ? { hasDeletions } : {}) }
    group.files.push(paths[i] as string)
    groups.set(key, group)
  })
  return [...groups.values()]
}

/** By the table's names of the columns, which are not those of the log when columns are mapped. */
function partitionValuesOf({ metadata, schema }: Snapshot, file: AddFile): FileGroup['partitionValues'] {
  const mode = mappingMode(metadata) ?? 'none'
  if (mode === 'none') return file.partitionValues
  const columns = schema.fields.filter(({ name }) => metadata.partitionColumns.includes(name))
  return Object.fromEntries(columns.map((field) => [field.name, partitionValue(file, physicalName(field, mode))]))
}

function requireOneForVersion(at: PointInTime, needed: readonly NamedTable[]): void {
  if (at.kind !== 'version' || needed.length === 1) return
  const named = needed.length === 0 ? 'no table' : needed.map((table) => table.name).join(', ')
  const message = `--version counts the versions of one table, and the query reads ${named}; use --as-of for several`
  throw new PlatformError('USAGE', message)
}
