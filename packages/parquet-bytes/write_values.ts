// A Parquet file in memory from columns of plain values: zstd, data pages of version 1, and only encodings that every
// reader has (PLAIN and dictionaries), as Delta recommends for tables that other engines read. Pages are compressed on
// other threads. What Thrift has of it is written by hyparquet-writer. Source: parquet-format, README.md.

import type { RowGroup } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { type ColumnValues, INLINE_BYTES_MAX, VALUE_WORDS, type ValueRange } from '#parquet-bytes/column_values'
import { ENCODED_ROWS_MAX, type EncodedColumn, encodeColumn } from '#parquet-bytes/values/encode_column'
import { withPageArena } from '#parquet-bytes/values/page_arena'
import { appendGroup, packColumns, TEXT_BOUND_BYTES_MAX } from '#parquet-bytes/values/row_group'
import { schemaOf } from '#parquet-bytes/values/value_schema'

/** What to write. */
export interface ValuesToWrite {
  readonly columns: readonly ColumnValues[]
  /** Which rows of the columns, in their order. */
  readonly rows: Int32Array
  readonly createdBy: string
}

/** The file's bytes, and what is in it. */
export interface WrittenValues {
  readonly body: Uint8Array
  readonly ranges: ReadonlyMap<string, ValueRange>
}

/** Rows of a row group: what is encoded without a pause. */
export const ROW_GROUP_ROWS = ENCODED_ROWS_MAX

/** Bytes of long values after which a row group ends early; a single value may have more. */
export const ROW_GROUP_HEAP_BYTES = 16 * 1024 * 1024

/** Writes the rows as one file. */
export async function writeValues({ columns, rows, createdBy }: ValuesToWrite): Promise<WrittenValues> {
  const file = new ByteWriter()
  const ranges = new Map<string, ValueRange>()
  const groups: RowGroup[] = []
  file.appendUint32(MAGIC)
  for (const group of rowGroupsOf(columns, rows)) {
    await withPageArena(async (arena) => {
      const encoded = columns.map((column) => encodeColumn(column, group, arena))
      for (const [i, column] of columns.entries()) widen(ranges, column, encoded[i] as EncodedColumn)
      groups.push(appendGroup(file, { columns, rows: group.length, packed: await packColumns(encoded) }))
    })
  }
  const footer = {
    version: 1,
    schema: schemaOf(columns),
    num_rows: BigInt(rows.length),
    row_groups: groups,
    created_by: createdBy,
  }
  writeMetadata(file, { ...footer, metadata_length: 0 }, TEXT_BOUND_BYTES_MAX)
  file.appendUint32(MAGIC)
  return { body: file.getBytes(), ranges }
}

/** `PAR1`. */
const MAGIC = 0x31524150

function* rowGroupsOf(columns: readonly ColumnValues[], rows: Int32Array): Generator<Int32Array> {
  const long = columns.filter(({ heap, isConstant, isEmpty }) => heap.length > 0 && isConstant !== true && !isEmpty)
  for (let first = 0; first < rows.length; ) {
    let end = Math.min(rows.length, first + ROW_GROUP_ROWS)
    let bytes = 0
    for (let i = first; long.length > 0 && i < end; i++) {
      bytes += heapBytesOf(long, rows[i] as number)
      if (bytes > ROW_GROUP_HEAP_BYTES) end = Math.max(first + 1, i)
    }
    yield rows.subarray(first, end)
    first = end
  }
}

function heapBytesOf(columns: readonly ColumnValues[], row: number): number {
  let bytes = 0
  for (const { words, validity } of columns) {
    const hasValue = (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1
    const length = words[row * VALUE_WORDS.text] as number
    if (hasValue && length > INLINE_BYTES_MAX) bytes += length
  }
  return bytes
}

/** Takes a row group's range into that of the file. */
function widen(ranges: Map<string, ValueRange>, { name }: ColumnValues, { nullCount, range }: EncodedColumn): void {
  const known = ranges.get(name) ?? { nullCount: 0 }
  ranges.set(name, known)
  known.nullCount += nullCount
  if (range === null) return
  const [min, max] = [readable(range.min), readable(range.max)]
  if (known.min === undefined || isBelow(min, known.min)) known.min = min
  if (known.max === undefined || isBelow(known.max, max)) known.max = max
}

function readable(bound: number | Uint8Array): number | string {
  return typeof bound === 'number' ? bound : Buffer.from(bound).toString()
}

/** Texts in the order of their UTF-8 bytes. */
function isBelow(one: number | string, other: number | string): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one < other
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}
