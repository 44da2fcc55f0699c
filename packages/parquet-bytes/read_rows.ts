// Rows of a Parquet file that is in memory, one row group after the other, and of each only the wanted columns: those
// left out are neither unpacked nor held. 64-bit integers are bigint, maps and structs are objects, lists are arrays.

import { type FileMetaData, parquetMetadata, parquetReadObjects, type SchemaElement } from 'hyparquet'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'

/** A row, by top-level column; null and absent values are undefined or null. */
export type ParquetRow = Readonly<Record<string, unknown>>

/** Whether a field is read, with all below it; asked from the top down, by its path. */
export type FieldFilter = (path: readonly string[]) => boolean

/** Reads the rows, a row group at a time. Throws what hyparquet throws when the bytes are no sound Parquet file. */
export async function* readParquetRows(
  bytes: Uint8Array,
  wanted: FieldFilter,
): AsyncGenerator<readonly ParquetRow[], void, void> {
  const all = parquetMetadata(wholeBuffer(bytes))
  const metadata = withFields(all, wanted)
  const file = { byteLength: bytes.byteLength, slice: (start: number, end?: number) => copyOf(bytes, start, end) }
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const options = { file, metadata, rowStart, rowEnd, compressors: DECOMPRESSORS, geoparquet: false }
    if (group.columns.length > 0) yield await parquetReadObjects(options)
    rowStart = rowEnd
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

function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer
  return copyOf(bytes, 0)
}

function copyOf({ buffer, byteOffset, byteLength }: Uint8Array, start: number, end = byteLength): ArrayBuffer {
  const from = start < 0 ? byteLength + start : start
  return buffer.slice(byteOffset + from, byteOffset + end) as ArrayBuffer
}
