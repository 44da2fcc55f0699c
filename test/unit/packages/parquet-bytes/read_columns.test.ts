// What the check lets through is what others write: every encoding, both versions of pages, and the same values as
// hyparquet has without the check.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Encoding, parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import { readParquetColumns } from '#parquet-bytes/read_columns'
import { query } from '#support/lake/lake_tables'
import { temporaryFolder } from '#support/temporary_folder'

/** The columns as we read them. */
async function columnsOf(bytes: Uint8Array): Promise<Record<string, unknown[]>> {
  const columns: Record<string, unknown[]> = {}
  for await (const { column, values } of readParquetColumns(bytes, () => true)) {
    columns[column] = [...(columns[column] ?? []), ...Array.from(values)]
  }
  return columns
}

/** The columns as hyparquet reads them without us. */
async function columnsByHyparquet(bytes: Uint8Array): Promise<Record<string, unknown[]>> {
  const rows = await parquetReadObjects({ file: bytes.slice().buffer, compressors: DECOMPRESSORS })
  return Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, rows.map((row) => row[name])]))
}

/** More rows than are put together at a time, and pages of more kinds than one. */
const ROWS = 5_000
const DUCKDB_ROWS = `SELECT i, i % 7 = 0 AS flag, 'text ' || (i % 10) AS few, 'part-' || i AS many, i::INTEGER AS whole,
  i / 3.0::DOUBLE AS ratio, CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS maybe, NULL::BIGINT AS never, 7 AS same,
  {'path': 'p' || i, 'size': CASE WHEN i % 5 = 0 THEN NULL ELSE i END,
   'values': CASE WHEN i % 4 = 0 THEN NULL ELSE MAP {'a': 'b' || i, 'c': NULL} END,
   'list': CASE WHEN i % 6 = 0 THEN NULL ELSE range(i % 5) END} AS add FROM range(${ROWS}) t(i)`

describe('columns', () => {
  test.each([
    ['V1', 'uncompressed'],
    ['V1', 'snappy'],
    ['V1', 'zstd'],
    ['V2', 'uncompressed'],
    ['V2', 'zstd'],
  ])('of DuckDB, version %s, %s', async (version, codec) => {
    const file = join(temporaryFolder(), 'x.parquet')
    const options = `FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`
    await query(`COPY (${DUCKDB_ROWS}) TO '${file}' (${options})`)
    const bytes = new Uint8Array(readFileSync(file))
    const columns = await columnsOf(bytes)
    expect(columns).toEqual(await columnsByHyparquet(bytes))
    expect(columns.add).toHaveLength(ROWS)
    expect(columns.add?.[4_999]).toEqual({
      path: 'p4999',
      size: 4999n,
      values: { a: 'b4999', c: null },
      list: [0n, 1n, 2n, 3n],
    })
  })

  const texts = Array.from({ length: ROWS }, (_, i) => (i % 9 === 0 ? null : `date=2026-11-${i % 30}/part-${i >> 3}`))
  const longs = Array.from({ length: ROWS }, (_, i) => (i % 11 === 0 ? null : BigInt(i) ** 3n))

  test.each<[Encoding, unknown[], string]>([
    ['PLAIN', texts, 'STRING'],
    ['RLE_DICTIONARY', texts.map((text) => text?.slice(0, 15)), 'STRING'],
    ['DELTA_LENGTH_BYTE_ARRAY', texts, 'STRING'],
    ['DELTA_BYTE_ARRAY', texts, 'STRING'],
    ['DELTA_BINARY_PACKED', longs, 'INT64'],
    ['BYTE_STREAM_SPLIT', longs, 'INT64'],
    ['RLE', texts.map((text) => (text === null ? null : text.length % 2 === 0)), 'BOOLEAN'],
  ])('in %s', async (encoding, data, type) => {
    const column = { name: 'c', data, type: type as 'STRING', encoding, nullable: true }
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [column], pageSize: 5_000, rowGroupSize: 3_000 }))
    const columns = await columnsOf(bytes)
    expect(columns).toEqual(await columnsByHyparquet(bytes))
    expect(columns.c?.slice(-3)).toEqual(data.slice(-3))
  })

  test('of no rows, and those that are not wanted, are not there', async () => {
    const columnData = [
      { name: 'a', data: [1n], type: 'INT64' as const },
      { name: 'b', data: [2n], type: 'INT64' as const },
    ]
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData }))
    const names: string[] = []
    for await (const { column } of readParquetColumns(bytes, ([name]) => name === 'b')) names.push(column)
    expect(names).toEqual(['b'])
    const empty = parquetWriteBuffer({ columnData: columnData.map((column) => ({ ...column, data: [] })) })
    expect(await columnsOf(new Uint8Array(empty))).toEqual({})
  })
})
