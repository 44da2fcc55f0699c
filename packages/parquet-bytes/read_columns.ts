// The values of a Parquet file that is in memory: one row group after the other, of it one column after the other, and of
// that some rows at a time, so that no more than these are there as objects. Columns and fields that are not wanted are
// neither unpacked nor held. 64-bit integers are bigint, maps and structs are objects, lists are arrays.

import { type FileMetaData, parquetSchema, type SchemaElement } from 'hyparquet'
import { parquetReadAsync } from 'hyparquet/src/read.js'
import { assembleAsync } from 'hyparquet/src/rowgroup.js'
import type { AsyncRowGroup, SchemaTree } from 'hyparquet/src/types.js'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import { requireSoundColumns, soundMetadata } from '#parquet-bytes/file_check'

/** Values of one top-level column, in the order of the rows; null and absent ones are undefined or null. */
export interface ColumnValues {
  readonly column: string
  readonly values: ArrayLike<unknown>
}

/** Whether a field is read, with all below it; asked from the top down, by its path. */
export type FieldFilter = (path: readonly string[]) => boolean

/** Rows of a column that are put together at a time. */
const ROWS_AT_A_TIME = 1_000

/** Reads the columns. Throws when the bytes are no sound Parquet file: soon, and before anything large is made of them. */
export async function* readParquetColumns(
  bytes: Uint8Array,
  wanted: FieldFilter,
): AsyncGenerator<ColumnValues, void, void> {
  const metadata = withFields(soundMetadata(bytes), wanted)
  requireSoundColumns(bytes, metadata)
  const tree = parquetSchema(metadata)
  const file = { byteLength: bytes.byteLength, slice: (start: number, end?: number) => copyOf(bytes, start, end) }
  let rowStart = 0
  for (const { num_rows, columns } of metadata.row_groups) {
    const rows = Number(num_rows)
    const where = { file, metadata, rowStart, rowEnd: rowStart + rows }
    for (const column of new Set(columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? ''))) {
      const [group] = parquetReadAsync({ ...where, columns: [column], compressors: DECOMPRESSORS, geoparquet: false })
      if (group !== undefined) for await (const values of valuesOf(group, tree)) yield { column, values }
    }
    rowStart += rows
  }
}

/** The values of the one column: decoded once, and put together some rows at a time if they have parts. */
async function* valuesOf(group: AsyncRowGroup, tree: SchemaTree): AsyncGenerator<ArrayLike<unknown>, void, void> {
  const name = group.asyncColumns[0]?.pathInSchema[0]
  const hasParts = tree.children.some(({ element, children }) => element.name === name && children.length > 0)
  const step = hasParts ? ROWS_AT_A_TIME : group.groupRows
  for (let from = 0; from < group.groupRows; from += step) {
    const part = { ...group, selectStart: from, selectEnd: Math.min(group.groupRows, from + step) }
    const [assembled] = assembleAsync(part, tree).asyncColumns
    for (const values of (await assembled?.data)?.data ?? []) yield values
  }
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
