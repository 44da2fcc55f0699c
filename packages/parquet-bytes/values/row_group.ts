// A row group in a file: each column's pages behind their headers, and what the footer says of them. Source:
// parquet.thrift, PageHeader and ColumnMetaData.

import type { RowGroup } from 'hyparquet'
import type { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { ColumnValues } from '#parquet-bytes/column_values'
import type { EncodedColumn } from '#parquet-bytes/values/encode_column'
import { PHYSICAL_TYPES } from '#parquet-bytes/values/value_schema'
import { zstdFrame } from '#parquet-bytes/values/zstd_frame'

/** An encoded column with its pages compressed. */
export interface PackedColumn {
  readonly encoded: EncodedColumn
  readonly page: Uint8Array
  readonly dictionaryPage: Uint8Array | null
}

/**
 * Compresses the pages of all columns. It settles when no page is read any more, also when one fails: their memory
 * then serves another row group.
 */
export async function packColumns(encoded: readonly EncodedColumn[]): Promise<PackedColumn[]> {
  const packing = encoded.map(packColumn)
  await Promise.allSettled(packing)
  return await Promise.all(packing)
}

async function packColumn(encoded: EncodedColumn): Promise<PackedColumn> {
  const { dictionary } = encoded
  const dictionaryPage = dictionary === null ? null : await zstdFrame(dictionary.page)
  return { encoded, page: await zstdFrame(encoded.page), dictionaryPage }
}

/** The columns of a row group. */
export interface PackedGroup {
  readonly columns: readonly ColumnValues[]
  readonly rows: number
  readonly packed: readonly PackedColumn[]
}

/** Appends a row group and returns what the footer says of it. */
export function appendGroup(file: ByteWriter, { columns, rows, packed }: PackedGroup): RowGroup {
  const start = file.offset
  const chunks = columns.map((column, i) => appendColumn(file, { column, rows, packed: packed[i] as PackedColumn }))
  const unpackedBytes = chunks.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n)
  return {
    columns: chunks,
    total_byte_size: unpackedBytes,
    num_rows: BigInt(rows),
    file_offset: BigInt(start),
    total_compressed_size: BigInt(file.offset - start),
  }
}

function appendColumn(
  file: ByteWriter,
  { column, rows, packed }: { column: ColumnValues; rows: number; packed: PackedColumn },
): RowGroup['columns'][number] {
  const { encoded, page, dictionaryPage } = packed
  const start = file.offset
  let headerBytes = 0
  if (encoded.dictionary !== null && dictionaryPage !== null) {
    headerBytes += appendPage(file, dictionaryPage, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: encoded.dictionary.page.length,
      dictionary_page_header: { num_values: encoded.dictionary.count, encoding: 'PLAIN' },
    })
  }
  const dataStart = file.offset
  const encoding = encoded.dictionary === null ? 'PLAIN' : 'RLE_DICTIONARY'
  const levels = { definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const
  headerBytes += appendPage(file, page, {
    type: 'DATA_PAGE',
    uncompressed_page_size: encoded.page.length,
    data_page_header: { num_values: rows, encoding, ...levels },
  })
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: PHYSICAL_TYPES[column.kind],
      encodings: encoded.dictionary === null ? ['PLAIN', 'RLE'] : ['PLAIN', 'RLE', 'RLE_DICTIONARY'],
      path_in_schema: [column.name],
      codec: 'ZSTD',
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(headerBytes + encoded.page.length + (encoded.dictionary?.page.length ?? 0)),
      total_compressed_size: BigInt(file.offset - start),
      data_page_offset: BigInt(dataStart),
      ...(encoded.dictionary === null ? {} : { dictionary_page_offset: BigInt(start) }),
      statistics: statisticsOf(encoded),
    },
  }
}

/** Bytes of a text in the bounds of a row group. A symbol has 32 at most, so its bounds are as good as whole. */
export const TEXT_BOUND_BYTES_MAX = 64

const LAST_TEXT = Buffer.from('\u{10ffff}'.repeat(TEXT_BOUND_BYTES_MAX / 4))

type PageHeader = Omit<Parameters<typeof writePageHeader>[1], 'compressed_page_size'>

/** Returns the length of its header. */
function appendPage(file: ByteWriter, page: Uint8Array, header: PageHeader): number {
  const start = file.offset
  writePageHeader(file, { ...header, compressed_page_size: page.length })
  const length = file.offset - start
  file.appendBytes(page)
  return length
}

/** hyparquet-writer shortens a text that is too long, and says so; a bound that it cannot shorten it keeps whole. */
function statisticsOf({ nullCount, range }: EncodedColumn) {
  if (range === null) return { null_count: BigInt(nullCount) }
  const upper = isUnbounded(range.max) ? {} : { max_value: range.max }
  return { null_count: BigInt(nullCount), min_value: range.min, ...upper }
}

/** Whether it begins with so many of the last character there is that no text as short as a bound stands above it. */
function isUnbounded(max: number | Uint8Array): boolean {
  if (typeof max === 'number' || max.length <= TEXT_BOUND_BYTES_MAX) return false
  return LAST_TEXT.equals(max.subarray(0, TEXT_BOUND_BYTES_MAX))
}
