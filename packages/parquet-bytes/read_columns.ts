// Reads the values of a Parquet file that is in memory, row group by row group and column by column. A struct is read
// field by field and some rows at a time, because hyparquet makes lists of lists of every value on the way. Columns
// that are not wanted are neither unpacked nor held. 64-bit integers are bigint, maps and structs objects, lists
// arrays.

import { type FileMetaData, parquetSchema, type SchemaElement } from 'hyparquet'
import { parquetReadAsync } from 'hyparquet/src/read.js'
import { assembleAsync } from 'hyparquet/src/rowgroup.js'
import type { SchemaTree } from 'hyparquet/src/types.js'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import { requireSoundColumns, soundMetadata } from '#parquet-bytes/file_check'

/** Values of one top-level column, in the order of the rows; null and absent ones are undefined or null. */
export interface ReadColumn {
  readonly column: string
  readonly values: ArrayLike<unknown>
}

/** Whether a field is read, with all below it; asked from the top down, by its path. */
export type FieldFilter = (path: readonly string[]) => boolean

/** Rows of a field that are put together at a time. */
const ROWS_AT_A_TIME = 1_000

/**
 * Reads the columns. Throws when the bytes are no sound Parquet file: soon, and before anything large is made of them.
 */
export async function* readParquetColumns(
  bytes: Uint8Array,
  wanted: FieldFilter,
): AsyncGenerator<ReadColumn, void, void> {
  const metadata = withFields(soundMetadata(bytes), wanted)
  requireSoundColumns(bytes, metadata)
  const columns = parquetSchema(metadata).children.map((column) => viewsOf(metadata, column))
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const range = { rowStart, rowEnd: rowStart + Number(num_rows) }
    for (const views of columns) {
      const column = views[0]?.column ?? ''
      const values = new Array<unknown>(Number(num_rows))
      for (const view of views) await readInto(values, bytes, { ...view, ...range })
      yield { column, values }
    }
    rowStart = range.rowEnd
  }
}

/** A column, or one field of a column that is a struct, and the file as if it had nothing else. */
interface View {
  readonly column: string
  readonly field?: string
  readonly metadata: FileMetaData
}

function viewsOf(metadata: FileMetaData, { element, children }: SchemaTree): View[] {
  const column = element.name
  const isStruct = children.length > 0 && element.converted_type === undefined && element.logical_type === undefined
  if (!isStruct) return [{ column, metadata: withFields(metadata, ([name]) => name === column) }]
  return children.map(({ element: { name: field } }) => ({
    column,
    field,
    metadata: withFields(metadata, (path) => path[0] === column && (path.length === 1 || path[1] === field)),
  }))
}

/** Reads a view of one row group; a field joins those that the values have already. */
async function readInto(
  values: unknown[],
  bytes: Uint8Array,
  { column, field, metadata, ...range }: View & { readonly rowStart: number; readonly rowEnd: number },
): Promise<void> {
  if (values.length === 0) return
  const file = { byteLength: bytes.byteLength, slice: (start: number, end?: number) => copyOf(bytes, start, end) }
  const [group] = parquetReadAsync({ file, metadata, ...range, compressors: DECOMPRESSORS, geoparquet: false })
  const tree = parquetSchema(metadata)
  const step = tree.children[0]?.children.length === 0 ? values.length : ROWS_AT_A_TIME
  for (let from = 0; from < values.length; from += step) {
    const part = { selectStart: from, selectEnd: Math.min(values.length, from + step) }
    const [assembled] = group === undefined ? [] : assembleAsync({ ...group, ...part }, tree).asyncColumns
    if (assembled === undefined) throw new Error(`a row group lacks the column ${column}`)
    let at = from
    for (const piece of (await assembled.data).data) for (const value of piece) place(values, at++, { field, value })
    if (at !== part.selectEnd) throw new Error(`the column ${column} has ${at} rows where ${part.selectEnd} should be`)
  }
}

function place(values: unknown[], at: number, { field, value }: { field: string | undefined; value: unknown }): void {
  if (field === undefined || typeof value !== 'object' || value === null) values[at] ??= value
  else if (values[at] === undefined || values[at] === null) values[at] = value
  else (values[at] as Record<string, unknown>)[field] = (value as Record<string, unknown>)[field]
}

/** The file's description without the fields that are not wanted, as if they had never been written. */
function withFields(metadata: FileMetaData, wanted: FieldFilter): FileMetaData {
  const [schema] = subtree(metadata.schema, { at: 0, path: [], wanted })
  return {
    ...metadata,
    schema,
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.filter(({ meta_data }) => isWanted(meta_data?.path_in_schema ?? [], wanted)),
    })),
  }
}

function isWanted(path: readonly string[], wanted: FieldFilter): boolean {
  return path.every((_, depth) => wanted(path.slice(0, depth + 1)))
}

/** Where the walk through the schema, which is a tree in preorder, stands. */
interface Place {
  readonly at: number
  readonly path: readonly string[]
  readonly wanted: FieldFilter
}

/** The element there with what is wanted below it, and the index of the element after all that. */
function subtree(elements: readonly SchemaElement[], { at, path, wanted }: Place): [SchemaElement[], number] {
  const element = elements[at]
  if (element === undefined) throw new Error('the Parquet schema ends early')
  const count = element.num_children ?? 0
  const kept: SchemaElement[][] = []
  let next = at + 1
  for (let child = 0; child < count; child++) {
    const childPath = [...path, elements[next]?.name ?? '']
    const [below, after] = subtree(elements, { at: next, path: childPath, wanted })
    if (below.length > 0) kept.push(below)
    next = after
  }
  const isRoot = path.length === 0
  if (!isRoot && (!wanted(path) || (count > 0 && kept.length === 0))) return [[], next]
  return [[count > 0 ? { ...element, num_children: kept.length } : element, ...kept.flat()], next]
}

function copyOf({ buffer, byteOffset, byteLength }: Uint8Array, start: number, end = byteLength): ArrayBuffer {
  const from = start < 0 ? byteLength + start : start
  return buffer.slice(byteOffset + from, byteOffset + end) as ArrayBuffer
}
