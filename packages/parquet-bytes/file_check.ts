// Checks a Parquet file before hyparquet reads it: its footer, the columns and their pages. Damaged bytes then end in
// an error, not in an endless loop or with all of the memory taken. Invariant: what is read afterwards lies within the
// file, and has no more rows and values than a file of this size may have.

import { type ColumnMetaData, type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet'
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js'
import { requireSoundPages } from '#parquet-bytes/page_check'
import { readThriftStruct } from '#parquet-bytes/thrift'

/**
 * Values of a column, and rows, that a byte of the file may stand for. An action has at least a path or an id of its
 * own, which takes some bytes however well it is packed; what claims to have far more is damaged.
 */
export const VALUES_PER_BYTE_MAX = 64

/** The footer's length and the magic bytes, which end the file. */
export const FOOTER_END_BYTES = 8

/** The description of the file. Throws when the bytes have none that is sound. */
export function soundMetadata(bytes: Uint8Array): FileMetaData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length < FOOTER_END_BYTES ? -1 : view.getUint32(bytes.length - FOOTER_END_BYTES, true)
  const start = bytes.length - FOOTER_END_BYTES - length
  if (length < 0 || start < 0) throw new Error('it is no whole Parquet file')
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset + start, length), offset: 0 }
  readThriftStruct(reader)
  return parquetMetadata(bytes, { geoparquet: false })
}

/** Throws when what the description says of rows and columns cannot be, or a page is not sound. */
export function requireSoundColumns(bytes: Uint8Array, metadata: FileMetaData): void {
  requireKnownKinds(metadata)
  const valuesMax = bytes.length * VALUES_PER_BYTE_MAX
  const schema = parquetSchema(metadata)
  let [rowsLeft, bytesLeft] = [valuesMax, bytes.length]
  for (const group of metadata.row_groups) {
    const rows = wholeNumber(group.num_rows, rowsLeft)
    rowsLeft -= rows
    for (const { file_path, meta_data: column } of group.columns) {
      if (column === undefined || file_path !== undefined) throw new Error('a column is not described here')
      const chunk = chunkOf(bytes, column)
      if (chunk.length > bytesLeft) throw new Error('its columns have more bytes than it has')
      bytesLeft -= chunk.length
      const path = getTreePath(schema, column.path_in_schema)
      requireSoundPages({
        bytes: chunk,
        codec: column.codec,
        isBoolean: requireType(column, path.at(-1)?.element.type) === 'BOOLEAN',
        definitionLevelMax: getMaxDefinitionLevel(path),
        repetitionLevelMax: getMaxRepetitionLevel(path),
        rows,
        valuesMax,
      })
    }
  }
}

/** Kinds of columns whose decoding is a format of its own; no log has them. */
const STRANGE_KINDS: ReadonlySet<string> = new Set(['VARIANT', 'GEOMETRY', 'GEOGRAPHY'])

function requireKnownKinds({ schema }: FileMetaData): void {
  const strange = schema.find((element) => STRANGE_KINDS.has(element.logical_type?.type ?? ''))
  if (strange !== undefined) throw new Error(`its column ${strange.name} is of a kind that no log has`)
}

/** The type stands twice, in the schema and with the column. */
function requireType({ type, path_in_schema }: ColumnMetaData, inSchema: unknown): string {
  if (type !== undefined && type === inSchema) return type
  throw new Error(`its column ${path_in_schema.join('.')} has two types`)
}

/** As hyparquet finds it. */
function chunkOf(bytes: Uint8Array, column: ColumnMetaData): Uint8Array {
  const start = wholeNumber(column.dictionary_page_offset || column.data_page_offset, bytes.length)
  const length = wholeNumber(column.total_compressed_size, bytes.length - start)
  return bytes.subarray(start, start + length)
}

function wholeNumber(value: unknown, max: number): number {
  if (typeof value === 'bigint' && value >= 0n && value <= BigInt(max)) return Number(value)
  throw new Error(`it says ${String(value)} where 0 to ${max} can be`)
}
