import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, onTestFinished, test } from 'vitest'
import { emptyRow, type Row } from '#lake/record_to_row'
import { TABLES, type TableSpec, tableOf } from '#lake/tables'
import { ALERTS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { epochMs, offset } from '#runtime/units'
import { CHUNK_ROWS } from '#services/writer/limits'
import { RowChunk } from '#services/writer/staging/row_chunk'
import { isoDate, Staging, StagingTable } from '#services/writer/staging/staging'
import { defaultDecoder } from '#support/decoder'
import { type RecordFacts, recordOf } from '#support/lake/writer'
import { batchOfRecords } from '#support/log/log_batches'
import { temporaryFolder } from '#support/temporary_folder'

const stocks = TABLES[0] as TableSpec
const alerts = tableOf(ALERTS_TOPIC)
const YEAR_2300 = Date.UTC(2300, 0)
const DAY = Date.UTC(2026, 10, 21) / 86_400_000

/** A record of `quote`, which the table's reading makes a row of. */
function rowOf(n: number, facts: RecordFacts = {}): Row {
  const timestamp = DAY * 86_400_000 + n
  const quote = { symbol: 'A', price: 1 + n, timestamp, id: n % 2 === 0 ? `a long trade id ${n}` : null }
  const at = { topic: PRICES_TOPIC, partition: 0, next: offset(n + 1), logEnd: offset(n + 1) }
  const { columns } = batchOfRecords([recordOf(quote, { at: n, ...facts })], at)
  const [record, processingTime] = [columns.recordAt(0), epochMs(timestamp)]
  return Object.assign(emptyRow(), {
    decoder: defaultDecoder,
    record,
    columns,
    columnsRow: 0,
    partition: 0,
    processingTime,
  })
}

async function tableWritingTo(file: string): Promise<StagingTable> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  onTestFinished(() => instance.closeSync())
  const table = new StagingTable(stocks, { connection: await instance.connect(), name: 'stocks_0', file })
  await table.clear()
  return table
}

function stage(table: StagingTable, chunk: RowChunk, rows: readonly Row[], assignment = 1): void {
  for (const row of rows) {
    expect(stocks.read(row)).toBe('row')
    expect(chunk.add(row, assignment)).toBe(DAY)
    if (chunk.isFull) table.append(chunk)
  }
  table.append(chunk)
}

const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => rowOf(from + i))

test('chunks hand over all rows, the last one part full, and keep nothing for the next', async () => {
  const table = await tableWritingTo(join(temporaryFolder(), 'out.parquet'))
  const chunk = new RowChunk(stocks)
  for (const count of [2 * CHUNK_ROWS + 3, 5, 0]) {
    stage(table, chunk, rows(count))
    table.seal()
    const file = await table.copy({ day: DAY })
    expect(file?.statistics.numRecords ?? 0).toBe(count)
    if (count > 0) expect(file?.statistics.columns.get('id')?.nullCount).toBe(Math.floor(count / 2))
    await table.clear()
  }
})

test('only the assignments and the day that are asked for are copied', async () => {
  const table = await tableWritingTo(join(temporaryFolder(), 'out.parquet'))
  const chunk = new RowChunk(stocks)
  stage(table, chunk, rows(10), 1)
  stage(table, chunk, rows(20, 100), 2)
  table.seal()
  expect((await table.copy({ day: DAY, assignments: [2, 7] }))?.statistics.numRecords).toBe(20)
  expect(await table.copy({ day: DAY, assignments: [7] })).toBe(null)
  expect(await table.copy({ day: DAY + 1 })).toBe(null)
})

test('a value that does not fit its column is refused, and the row is not there', () => {
  const chunk = new RowChunk(alerts)
  const fields = { id: 'i', rule: 'r', symbol: 'A', direction: 'up', level: 1, percent: 2, price: 3, referencePrice: 4 }
  const row = { ...rowOf(0), fields: { ...fields, eventTime: 0, message: 'm', processingTime: 0 } }
  for (const [name, value] of [
    ['price', Number.NaN],
    ['symbol', null],
    ['level', 2 ** 31],
    ['eventTime', 2 ** 53],
  ] as const) {
    expect(chunk.add({ ...row, fields: { ...row.fields, [name]: value } }, 1)).toBe(null)
  }
  expect(chunk.add({ ...row, record: { ...row.record, offset: (2 ** 53) as never } }, 1)).toBe(null)
  expect(chunk.rows).toBe(0)
  expect(chunk.add(row, 1)).toBe(0)
})

test('a quote of a record that does not fit is refused, and leaves nothing for the row after it', async () => {
  const table = await tableWritingTo(join(temporaryFolder(), 'out.parquet'))
  const chunk = new RowChunk(stocks)
  const farAhead = rowOf(0, { ingestTime: YEAR_2300 })
  expect(stocks.read(farAhead)).toBe('row')
  expect(chunk.add(farAhead, 1)).toBe(null)
  stage(table, chunk, [rowOf(1)])
  table.seal()
  const { statistics } = (await table.copy({ day: DAY })) ?? {}
  expect(statistics?.numRecords).toBe(1)
  expect(statistics?.columns.get('id')?.nullCount).toBe(1)
})

test.skipIf(!existsSync('/dev/full'))(
  'no space for the temporary file is STORE_FULL, and says which file',
  async () => {
    const table = await tableWritingTo('/dev/full')
    stage(table, new RowChunk(stocks), rows(10))
    table.seal()
    const failure = { code: 'STORE_FULL', message: expect.stringContaining('/dev/full') }
    await expect(table.copy({ day: DAY })).rejects.toMatchObject(failure)
  },
)

test('a temporary folder that is gone is STORE_FAILED', async () => {
  const table = await tableWritingTo(join(temporaryFolder(), 'gone', 'out.parquet'))
  stage(table, new RowChunk(stocks), rows(1))
  table.seal()
  await expect(table.copy({ day: DAY })).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

test('closing the staging removes its folder', async () => {
  const folder = temporaryFolder()
  const staging = await Staging.open(folder)
  await staging.table(stocks, 0)
  await staging.close()
  expect(readdirSync(folder)).toEqual([])
})

test('a day is the date of its first instant', () => {
  expect([0, -1, DAY, 11_016].map(isoDate)).toEqual(['1970-01-01', '1969-12-31', '2026-11-21', '2000-02-29'])
})
