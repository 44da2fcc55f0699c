// What is filled from the bytes is what the columns would have taken from the quote, to the last bit.

import { expect, test } from 'vitest'
import { emptyRow } from '#lake/record_to_row'
import { type TableSpec, tableOf } from '#lake/tables'
import type { LogRecord } from '#log/event_log'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { PRICES_TOPIC } from '#market/topics'
import { writeValues } from '#parquet-bytes/write_values'
import { epochMs, offset } from '#runtime/units'
import { StagedRows } from '#services/writer/staging/staged_rows'
import { rowsOfParquet } from '#support/lake/parquet_rows'
import { recordOf } from '#support/lake/writer'
import { batchOfRecords } from '#support/log/log_batches'
import { FUZZ_SETTINGS } from '#support/quote_fuzz/comparison'
import { INGEST_TIME } from '#support/quote_fuzz/times'
import { fuzzValue, quoteText } from '#support/quote_fuzz/values'
import { randomOf } from '#support/simulation/world/random'

const filled = tableOf(PRICES_TOPIC)
/** The same table with every column taken by its `take`. */
const { isReadInPlace: _, ...taken } = filled
const NEVER = Date.UTC(2300, 0)

/** The rows that a file has of the records, or what became of those that are none. */
async function staged(spec: TableSpec, records: readonly LogRecord[], decoder: InPlaceDecoder) {
  const rows = new StagedRows(spec)
  const row = Object.assign(emptyRow(), { decoder, partition: 3, processingTime: epochMs(INGEST_TIME + 1) })
  const next = offset(records.length)
  const { columns } = batchOfRecords(records, { topic: PRICES_TOPIC, partition: 3, next, logEnd: next })
  const others: (string | number)[] = []
  for (let at = 0; at < records.length; at++) {
    Object.assign(row, { columns, columnsRow: at, record: columns.recordAt(at) })
    const reading = spec.read(row)
    if (reading !== 'row' || rows.add(row, 1) === null) others.push(at, reading)
  }
  const all = Int32Array.from({ length: rows.count }, (_, i) => i)
  const { body } = await writeValues({ columns: rows.columns, rows: all, createdBy: 'test' })
  return { rows: await rowsOfParquet(body), others }
}

/** Compares row by row: a difference of all would be too long to be shown. */
async function expectSame(records: readonly LogRecord[], decoder: InPlaceDecoder): Promise<number> {
  const [one, other] = [await staged(filled, records, decoder), await staged(taken, records, decoder)]
  expect(one.others).toEqual(other.others)
  expect(one.rows.length).toBe(other.rows.length)
  for (const [i, row] of one.rows.entries()) expect(row).toEqual(other.rows[i])
  return one.rows.length
}

test.each(FUZZ_SETTINGS.slice(2))('rows of values of every kind, read by %o', async (settings) => {
  const random = randomOf(1, JSON.stringify(settings))
  const records = Array.from({ length: 3_000 }, (_, at) => {
    const value = at % 2 === 0 ? fuzzValue(random) : Buffer.from(quoteText(random))
    const record = recordOf(value, { at, ingestTime: INGEST_TIME })
    return random.whole(0, 49) === 0 ? { ...record, timestamp: epochMs(NEVER) } : record
  })
  expect(await expectSame(records, createDecoder(settings))).toBeGreaterThan(500)
})

const texts = [
  '',
  'A',
  'twelve bytes',
  'thirteen byte',
  'eleven byté',
  'twelve byteé',
  '\u0000',
  'nothing ends\u0000 at a zero byte',
  'half a \ud83d pair',
  'x'.repeat(300),
]

test('texts of every length and kind are kept whole', async () => {
  const quotes = texts.flatMap((text) => [
    { symbol: 'A', price: 1, timestamp: INGEST_TIME, exchange: text },
    { symbol: 'A', price: 1, timestamp: INGEST_TIME, currency: text, id: text, source: null },
  ])
  const records = quotes.map((quote, at) => recordOf(quote, { at, ingestTime: INGEST_TIME }))
  const { rows } = await staged(filled, records, createDecoder(FUZZ_SETTINGS[0] as never))
  const column = (name: string) => filled.columns.findIndex((found) => found.name === name)
  for (const [i, text] of texts.entries()) {
    const wellFormed = text.toWellFormed()
    expect(rows[2 * i]?.[column('exchange')]).toBe(wellFormed)
    expect(rows[2 * i]?.[column('currency')]).toBe(null)
    expect(rows[2 * i + 1]?.[column('currency')]).toBe(wellFormed)
    expect(rows[2 * i + 1]?.[column('id')]).toBe(text === '' ? null : wellFormed)
  }
  await expectSame(records, createDecoder(FUZZ_SETTINGS[0] as never))
})
