import { expect, test } from 'vitest'
import { emptyRow, type Row } from '#lake/record_to_row'
import { tableOf } from '#lake/tables'
import { ALERTS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { ROW_GROUP_ROWS } from '#parquet-bytes/write_values'
import { epochMs, offset } from '#runtime/units'
import { isoDate, writeStagedFile } from '#services/writer/staging/staged_file'
import { StagedRows } from '#services/writer/staging/staged_rows'
import { defaultDecoder } from '#support/decoder'
import { type RecordFacts, recordOf } from '#support/lake/writer'
import { batchOfRecords } from '#support/log/log_batches'

const stocks = tableOf(PRICES_TOPIC)
const alerts = tableOf(ALERTS_TOPIC)
const YEAR_2300 = Date.UTC(2300, 0)
const DAY = Date.UTC(2026, 10, 21) / 86_400_000

/** A record of a quote, which the table's reading makes a row of. */
function rowOf(n: number, facts: RecordFacts = {}): Row {
  const timestamp = DAY * 86_400_000 + n
  const quote = { symbol: 'A', price: 1 + n, timestamp, id: n % 2 === 0 ? `a long trade id ${n}` : null }
  const at = { topic: PRICES_TOPIC, partition: 0, next: offset(n + 1), logEnd: offset(n + 1) }
  const { columns } = batchOfRecords([recordOf(quote, { at: n, ...facts })], at)
  const place = { record: columns.recordAt(0), columns, columnsRow: 0, partition: 0 }
  return Object.assign(emptyRow(), { decoder: defaultDecoder, processingTime: epochMs(timestamp), ...place })
}

function stage(staged: StagedRows, rows: readonly Row[], assignment = 1): void {
  for (const row of rows) {
    expect(stocks.read(row)).toBe('row')
    expect(staged.add(row, assignment)).toBe(DAY)
  }
}

const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => rowOf(from + i))

test('a file has all rows, also beyond a row group, and nothing stays for the next', async () => {
  const staged = new StagedRows(stocks)
  const one = rowOf(0)
  for (const count of [ROW_GROUP_ROWS + 3, 5, 0]) {
    for (let n = 0; n < count; n++) stage(staged, [n % 2 === 0 ? one : rowOf(1)])
    const file = await writeStagedFile(staged, { day: DAY })
    expect(file?.statistics.numRecords ?? 0).toBe(count)
    if (count > 0) expect(file?.statistics.columns.get('id')?.nullCount).toBe(Math.floor(count / 2))
    staged.clear()
  }
})

test('only the assignments and the day that are asked for are written', async () => {
  const staged = new StagedRows(stocks)
  stage(staged, rows(10), 1)
  stage(staged, rows(20, 100), 2)
  const file = await writeStagedFile(staged, { day: DAY, assignments: [2, 7] })
  expect(file?.statistics.numRecords).toBe(20)
  expect(file?.statistics.columns.get('source_offset')).toEqual({ nullCount: 0, min: 100, max: 119 })
  expect(await writeStagedFile(staged, { day: DAY, assignments: [7] })).toBe(null)
  expect(await writeStagedFile(staged, { day: DAY + 1 })).toBe(null)
})

test('a value that does not fit its column is refused, and the row is not there', () => {
  const staged = new StagedRows(alerts)
  const fields = { id: 'i', rule: 'r', symbol: 'A', direction: 'up', level: 1, percent: 2, price: 3, referencePrice: 4 }
  const row = { ...rowOf(0), fields: { ...fields, eventTime: 0, message: 'm', processingTime: 0 } }
  for (const [name, value] of [
    ['price', Number.NaN],
    ['symbol', null],
    ['level', 2 ** 31],
    ['eventTime', 2 ** 53],
  ] as const) {
    expect(staged.add({ ...row, fields: { ...row.fields, [name]: value } }, 1)).toBe(null)
  }
  expect(staged.add({ ...row, record: { ...row.record, offset: (2 ** 53) as never } }, 1)).toBe(null)
  expect(staged.count).toBe(0)
  expect(staged.add(row, 1)).toBe(0)
})

test('a quote that its producer sent in the far future is there, as far as tables reach', () => {
  const staged = new StagedRows(stocks)
  stage(staged, [rowOf(0, { ingestTime: YEAR_2300 })])
  expect(staged.count).toBe(1)
})

test('a quote of a record that does not fit is refused, and leaves nothing for the row after it', async () => {
  const staged = new StagedRows(stocks)
  const row = rowOf(0)
  const tooFar = { ...row, record: { ...row.record, offset: (2 ** 53) as never } }
  expect(stocks.read(tooFar)).toBe('row')
  expect(staged.add(tooFar, 1)).toBe(null)
  stage(staged, [rowOf(1)])
  const { statistics } = (await writeStagedFile(staged, { day: DAY })) ?? {}
  expect(statistics?.numRecords).toBe(1)
  expect(statistics?.columns.get('id')?.nullCount).toBe(1)
})

test('a day is the date of its first instant', () => {
  expect([0, -1, DAY, 11_016].map(isoDate)).toEqual(['1970-01-01', '1969-12-31', '2026-11-21', '2000-02-29'])
})
