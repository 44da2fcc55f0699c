// A record becomes a row and the row a record again. The rows go the whole way: through the writer into a table's
// files, and by a query out of them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lakeTables } from '#lake/lake_tables'
import { queryTables } from '#lake/query_rows'
import { sqlSettings } from '#lake/query_settings'
import { emptyRow, type Row } from '#lake/record_to_row'
import { recordReader, type StoredRecord } from '#lake/row_to_record'
import { schemaOf, tableOf } from '#lake/tables'
import { type Alert, encodeAlert } from '#market/alert'
import { type Bar, encodeBar } from '#market/bar'
import { encodeDeadLetter } from '#market/dead_letter'
import { REPLAYED_HEADERS } from '#market/headers'
import { type CorporateAction, encodeCorporateAction } from '#market/history/corporate_action'
import { encodeHistoryBar, HISTORY_GRAINS, type HistoryBar } from '#market/history/history_bar'
import { encodeHistoryDay, HISTORY_DAY_STATES, type HistoryDay } from '#market/history/history_day'
import { encodeLateQuote, type LateQuote } from '#market/late_quote'
import { encodeQuote, OPTIONAL_FIELDS, type Quote } from '#market/quote'
import { SESSIONS } from '#market/session'
import {
  ALERTS_TOPIC,
  BARS_TOPIC,
  CORPORATE_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  HISTORY_BARS_TOPIC,
  HISTORY_DAYS_TOPIC,
  LATE_TOPIC,
  PRICES_TOPIC,
  type Topic,
} from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { readAllSettings } from '#runtime/settings'
import { offset } from '#runtime/units'
import { defaultDecoder } from '#support/decoder'
import { batchOf, rangeTo, recordOf, testWriter } from '#support/lake/writer'
import { batchOfRecords } from '#support/log/log_batches'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITION = 3

/** Lands the values, and reads the table back as whoever has a store, a clock and settings can. */
async function landed(topic: Topic, values: readonly string[]): Promise<StoredRecord[]> {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer = await testWriter(lake)
  await writer.open({ topic, partition: PARTITION }, rangeTo(values.length, 0))
  const parsed = values.map((value) => JSON.parse(value) as unknown)
  await writer.process(batchOf(parsed, { topic, partition: PARTITION, first: 0 }))
  await writer.flush()
  await writer.dispose()
  return readTable(lake, topic)
}

async function readTable(lake: ObjectStore, topic: Topic): Promise<StoredRecord[]> {
  const spec = tableOf(topic)
  const reader = recordReader(spec, schemaOf(spec).fields)
  const records: StoredRecord[] = []
  const context = {
    settings: readAllSettings({ DATA_DIR: temporaryFolder() }, [sqlSettings]),
    clock: { now: () => 0 } as never,
    newId: () => 'copy',
    signal: new AbortController().signal,
  }
  const tables = lakeTables(lake)
  const statements = [`SELECT ${reader.columns} FROM ${spec.name} ORDER BY source_offset`]
  await queryTables(context, { lake: lake.url, tables, statements }, (row) => void records.push(reader.read(row)))
  return records
}

/** The values of a row's columns. */
function taken(topic: Topic, value: string, at: Omit<StoredRecord, 'quote' | 'fields'>): unknown[] {
  const headers = at.isReplayed ? REPLAYED_HEADERS : null
  const record = { ...recordOf(JSON.parse(value), { at: at.offset }), value: Buffer.from(value), headers }
  const place = { topic, partition: at.partition, next: offset(at.offset + 1), logEnd: offset(at.offset + 1) }
  const { columns } = batchOfRecords([record], place)
  const given = { decoder: defaultDecoder, record, columns, columnsRow: 0, partition: at.partition, processingTime: 0 }
  const row: Row = Object.assign(emptyRow(), given)
  const spec = tableOf(topic)
  expect(spec.read(row)).toBe('row')
  return spec.columns.map((column) => column.take(row) ?? null)
}

async function expectSame<T>(topic: Topic, made: readonly T[], codec: Codec<T>): Promise<void> {
  const values = made.map(codec.encode)
  const records = await landed(topic, values)
  expect(records.map(({ partition, offset }) => [partition, offset])).toEqual(values.map((_, i) => [PARTITION, i]))
  const again = records.map((record) => codec.encode(codec.from(record)))
  expect(again.map((value) => JSON.parse(value))).toEqual(values.map((value) => JSON.parse(value)))
  records.forEach((record, i) => {
    expect(taken(topic, again[i] as string, record)).toEqual(taken(topic, values[i] as string, record))
  })
}

interface Codec<T> {
  readonly encode: (value: T) => string
  readonly from: (record: StoredRecord) => T
}

const time = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2026, 0, 1) })
const count = fc.integer({ min: 0, max: 1_000_000 })
const price = fc.double({ min: 1e-9, max: 1e9, noNaN: true })
const symbol = fc.constantFrom('AAPL', '^GSPC', 'M&M.NS', 'BTC/USD')
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => each.isWellFormed())
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const many = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 60, maxLength: 60 })
/** Each run lands a table and asks a child process, so all values are in one. */
const RUNS = { numRuns: 1, endOnFailure: true }

const date = fc.constantFrom('2026-11-27', '1970-01-01', '2028-02-29')
const traded = { tradeDate: date, session: fc.constantFrom(...SESSIONS) }

const bar = fc.record({
  symbol,
  windowStart: time,
  windowEnd: time,
  ...traded,
  open: price,
  high: price,
  low: price,
  close: price,
  average: price,
  vwap: orNull(price),
  volume: orNull(price),
  volumeSince: orNull(time),
  count,
  revision: count,
  closedBy: fc.constantFrom('watermark', 'idle', 'drain'),
  complete: fc.boolean(),
  firstOffset: count,
  lastOffset: count,
  processingTime: time,
}) as fc.Arbitrary<Bar>

const alert = fc.record({
  id: text,
  rule: text,
  symbol,
  direction: fc.constantFrom('up', 'down'),
  level: count,
  percent: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
  price,
  referencePrice: price,
  referenceTime: orNull(time),
  eventTime: time,
  ...traded,
  message: text,
  processingTime: time,
}) as fc.Arbitrary<Alert>

const optionalText = new Set<string>(['id', 'currency', 'exchange', 'marketState', 'source'])
const optionalValue = (name: string): fc.Arbitrary<string | number> =>
  optionalText.has(name) ? text.filter((each) => each !== '') : price
const extra = fc.dictionary(
  text.filter((name) => name !== '' && name !== '__proto__').map((name) => `x${name}`),
  fc.oneof(text, count, fc.boolean(), fc.constant(null), fc.array(count, { maxLength: 3 })),
  { minKeys: 1, maxKeys: 3 },
)
const quote = fc.record({
  symbol,
  price,
  timestamp: time,
  ...Object.fromEntries(OPTIONAL_FIELDS.map((name) => [name, orNull(optionalValue(name))])),
  extra: orNull(extra),
}) as unknown as fc.Arbitrary<Quote>

const late = fc.record({
  quote,
  lateBy: count,
  originPartition: count,
  originOffset: count,
  ingestTime: time,
  processingTime: time,
}) as fc.Arbitrary<LateQuote>

test('a quote', async () => {
  const codec = { encode: encodeQuote, from: (record: StoredRecord) => record.quote }
  await fc.assert(
    fc.asyncProperty(many(quote), (made) => expectSame(PRICES_TOPIC, made, codec)),
    RUNS,
  )
})

test('a bar', async () => {
  const codec = { encode: encodeBar, from: ({ fields }: StoredRecord) => fields as unknown as Bar }
  await fc.assert(
    fc.asyncProperty(many(bar), (made) => expectSame(BARS_TOPIC, made, codec)),
    RUNS,
  )
})

test('an alert', async () => {
  const codec = { encode: encodeAlert, from: ({ fields }: StoredRecord) => fields as unknown as Alert }
  await fc.assert(
    fc.asyncProperty(many(alert), (made) => expectSame(ALERTS_TOPIC, made, codec)),
    RUNS,
  )
})

const fetched = { symbol, source: text, fetchedAt: time }

const historyBar = fc.record({
  ...fetched,
  grain: fc.constantFrom(...HISTORY_GRAINS),
  windowStart: time,
  windowEnd: time,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: orNull(price),
  ...traded,
  currency: orNull(text),
  exchange: orNull(text),
  isFinal: fc.boolean(),
}) as fc.Arbitrary<HistoryBar>

const historyDay = fc.record({
  ...fetched,
  grain: fc.constantFrom(...HISTORY_GRAINS),
  tradeDate: date,
  state: fc.constantFrom(...HISTORY_DAY_STATES),
  bars: count,
  coveredFrom: orNull(time),
  coveredUntil: orNull(time),
  regularStart: orNull(time),
  regularEnd: orNull(time),
}) as fc.Arbitrary<HistoryDay>

const action = fc.record({
  ...fetched,
  kind: fc.constantFrom('split', 'dividend'),
  exTime: time,
  exDate: date,
  ratio: orNull(price),
  amount: orNull(price),
  currency: orNull(text),
}) as fc.Arbitrary<CorporateAction>

test.each<[string, Topic, fc.Arbitrary<object>, (value: never) => string]>([
  ['a bar of history', HISTORY_BARS_TOPIC, historyBar, encodeHistoryBar],
  ['a day of history', HISTORY_DAYS_TOPIC, historyDay, encodeHistoryDay],
  ['a split or dividend', CORPORATE_ACTIONS_TOPIC, action, encodeCorporateAction],
])('%s', async (_, topic, values, encode) => {
  const codec = { encode: encode as (value: object) => string, from: ({ fields }: StoredRecord) => fields }
  await fc.assert(
    fc.asyncProperty(many(values), (made) => expectSame(topic, made, codec)),
    RUNS,
  )
})

test('a late quote', async () => {
  const from = ({ quote: own, fields }: StoredRecord) => ({ quote: own, ...fields }) as LateQuote
  const codec = { encode: encodeLateQuote, from }
  await fc.assert(
    fc.asyncProperty(many(late), (made) => expectSame(LATE_TOPIC, made, codec)),
    RUNS,
  )
})

test('a dead letter, its bytes and headers too', async () => {
  const letters = [null, Buffer.from([0xff, 0, 1])].map((bytes) =>
    encodeDeadLetter({
      ...{ reason: 'not_utf8', detail: 'not UTF-8', topic: PRICES_TOPIC, partition: 1, offset: 7 as never },
      ...{ ingestTime: Date.UTC(2025, 0, 1) as never, processingTime: Date.UTC(2025, 0, 2) as never, attempt: 2 },
      ...{ key: bytes, value: bytes, headers: bytes === null ? null : { trace: bytes } },
    }),
  )
  const records = await landed(DEAD_LETTERS_TOPIC, letters)
  expect(records.map(({ fields }) => JSON.stringify(fields)).map((each) => JSON.parse(each))).toEqual(
    letters.map((each) => JSON.parse(each)),
  )
})

test('a column that the table does not have yet is null in its records', () => {
  const spec = tableOf(PRICES_TOPIC)
  const stored = schemaOf(spec).fields.filter(({ name }) => name !== 'replayed' && name !== 'source')
  const { columns, read } = recordReader(spec, stored)
  expect(columns).not.toMatch(/replayed|"source"/)
  const record = read(columns.split(', ').map((column) => (column === 'NULL' ? null : '1')))
  expect(record).toMatchObject({ isReplayed: false, offset: 1, quote: { price: 1, source: null } })
})
