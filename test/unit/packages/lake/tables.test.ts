import { expect, test } from 'vitest'
import { schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { encodeDeadLetter } from '#market/dead_letter'
import { ORIGIN_HEADER, REPLAYED_HEADERS } from '#market/headers'
import { encodeLateQuote } from '#market/late_quote'
import { quoteOf } from '#market/quote'
import { DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { epochMs, offset } from '#runtime/units'
import type { WriterProcessor } from '#services/writer/writer_processor'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { bytesOf, landed } from '#support/lake/landed'
import { appendRows, createTestTable } from '#support/lake/sql_lake'
import { INGEST_START, rangeTo, recordOf, testWriter } from '#support/lake/writer'
import { batchOfRecords } from '#support/log/log_batches'
import { temporaryFolder } from '#support/temporary_folder'

const EVENT_TIME = epochMs(Date.UTC(2026, 10, 20, 23, 59, 59, 999))
const PROCESSED = epochMs(Date.UTC(2026, 10, 21, 15, 29))
const big = Number.MAX_SAFE_INTEGER

const nothingQuoted = {
  id: null,
  size: null,
  day_volume: null,
  bid: null,
  ask: null,
  bid_size: null,
  ask_size: null,
  currency: null,
  exchange: null,
  market_state: null,
  previous_close: null,
  source: null,
  extra: null,
}

const fullQuote = {
  symbol: 'BRK-B',
  price: 0.1,
  timestamp: EVENT_TIME,
  id: 'trade-0000000000000000001',
  size: 1.5,
  dayVolume: big,
  bid: 1e300,
  ask: 5e-324,
  bidSize: 0,
  askSize: 2 ** 53,
  currency: 'GBp',
  exchange: 'Lönd€n 😀',
  marketState: 'REGULAR',
  previousClose: 123456789.125,
  source: 'a source with a rather long name',
}

const fullQuoteRow = {
  symbol: 'BRK-B',
  price: 0.1,
  event_time: '2026-11-20 23:59:59.999+00',
  id: 'trade-0000000000000000001',
  size: 1.5,
  day_volume: big,
  bid: 1e300,
  ask: 5e-324,
  bid_size: 0,
  ask_size: 2 ** 53,
  currency: 'GBp',
  exchange: 'Lönd€n 😀',
  market_state: 'REGULAR',
  previous_close: 123456789.125,
  source: 'a source with a rather long name',
}

test('a quote with every field is a row of stocks', async () => {
  const values = [{ ...fullQuote, note: 'ünï', trade: { 'a b': [1, null] }, ref: 1 }]
  expect(await landed(PRICES_TOPIC, values, 41)).toEqual([
    {
      ...fullQuoteRow,
      extra: '{"note":"ünï","trade":{"a b":[1,null]},"ref":1}',
      ingest_time: '2026-11-21 15:30:00+00',
      processing_time: '2026-11-21 15:30:00+00',
      replayed: false,
      source_topic: 'stock-prices',
      source_partition: 3,
      source_offset: '41',
      date: '2026-11-20',
    },
  ])
})

test('a quote with nothing but its required fields has null for all others', async () => {
  const rows = await landed(PRICES_TOPIC, [{ symbol: 'AAPL', price: 277, timestamp: '2026-11-21T00:00:00Z' }])
  expect(rows).toEqual([
    {
      ...nothingQuoted,
      symbol: 'AAPL',
      price: 277,
      event_time: '2026-11-21 00:00:00+00',
      ingest_time: '2026-11-21 15:30:00+00',
      processing_time: '2026-11-21 15:30:00+00',
      replayed: false,
      source_topic: 'stock-prices',
      source_partition: 3,
      source_offset: '0',
      date: '2026-11-21',
    },
  ])
})

test('a table from before quotes were marked as replayed takes the marks, and its own rows have none', async () => {
  const folder = temporaryFolder()
  const fields = schemaOf(TABLES[0] as TableSpec).fields.filter(({ name }) => name !== 'replayed')
  await createTestTable(folder, { name: 'stocks', schema: { type: 'struct', fields } })
  const old = `SELECT 'A' AS symbol, 1 AS price, TIMESTAMPTZ '2026-11-20 15:30:00Z' AS event_time,
    event_time AS ingest_time, event_time AS processing_time, 'stock-prices' AS source_topic,
    0 AS source_partition, 0 AS source_offset, DATE '2026-11-20' AS date`
  await appendRows(folder, 'stocks', old)
  const lake = openFilesystemStore({ root: folder })
  const writer = await testWriter(lake)
  const quote = { symbol: 'A', price: 1, timestamp: EVENT_TIME }
  const headers = REPLAYED_HEADERS
  const records = [
    recordOf(quote, { at: 1, headers }),
    recordOf(quote, { at: 2, headers: { other: Buffer.from('1') } }),
  ]
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(3, 1))
  await writer.process(batchOfRecords(records, upTo(3)))
  await writer.flush()
  await writer.dispose()
  const marks = (await rowsOf(lake, 'stocks')).map((row) => [row.source_offset, row.replayed])
  expect(marks).toEqual([
    ['0', null],
    ['1', true],
    ['2', false],
  ])
})

test('the digits of a large integer among the extra fields are kept', async () => {
  const value = Buffer.from(`{"symbol":"A","price":1,"timestamp":${EVENT_TIME},"seq":12345678901234567890}`)
  expect((await landed(PRICES_TOPIC, [value]))[0]?.extra).toBe('{"seq":12345678901234567890}')
})

test('an offset close to 2^53 is exact', async () => {
  const rows = await landed(PRICES_TOPIC, [{ symbol: 'A', price: 1, timestamp: EVENT_TIME }], big - 1)
  expect(rows[0]?.source_offset).toBe(String(big - 1))
})

test('refused values and re-keyed copies are no rows of stocks, but are passed over', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer = await testWriter(lake)
  const quote = { symbol: 'A', price: 1, timestamp: EVENT_TIME }
  const records = [
    recordOf({ symbol: 'A', price: -1, timestamp: EVENT_TIME }, { at: 0 }),
    recordOf(quote, { at: 1, headers: { [ORIGIN_HEADER]: Buffer.from('1:7') } }),
    recordOf(null, { at: 2 }),
    recordOf(quote, { at: 3 }),
    recordOf(Buffer.from([0xff]), { at: 4 }),
  ]
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(6))
  await writer.process(batchOfRecords(records, upTo(6)))
  await writer.flush()
  await writer.dispose()
  expect((await rowsOf(lake, 'stocks')).map((row) => row.source_offset)).toEqual(['3'])
  expect(writer.counters).toMatchObject({ rows: { stocks: 1 }, refused: 3, copies: 1, unreadable: 0 })
  expect(await committedOf(lake, 'stocks')).toEqual({ [`writer:cluster:${PRICES_TOPIC}:id-of-${PRICES_TOPIC}:0`]: 6 })
})

test.each(['', 'trace-7', '1:7 ', '01:7', '0:3', '0:4', '100000:1'])(
  'a quote with the origin %j, which cannot be that of a copy, is a row of its own',
  async (origin) => {
    const lake = openFilesystemStore({ root: temporaryFolder() })
    const writer = await testWriter(lake)
    const quote = { symbol: 'A', price: 1, timestamp: EVENT_TIME }
    const records = [recordOf(quote, { at: 3, headers: { [ORIGIN_HEADER]: Buffer.from(origin) } })]
    await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(4))
    await writer.process(batchOfRecords(records, upTo(4)))
    await writer.flush()
    await writer.dispose()
    expect((await rowsOf(lake, 'stocks')).map((row) => row.source_offset)).toEqual(['3'])
    expect(writer.counters).toMatchObject({ rows: { stocks: 1 }, copies: 0 })
  },
)

/** The place of a batch that ends before an offset. */
function upTo(end: number) {
  return { topic: PRICES_TOPIC, partition: 0, next: offset(end), logEnd: offset(end) }
}

test('late quotes are rows of late_quotes, with where they stand in stock-prices', async () => {
  const late = (quote: object) => ({
    quote: quoteOf(quote as typeof fullQuote),
    lateBy: 1234,
    originPartition: 5,
    originOffset: offset(big),
    ingestTime: epochMs(INGEST_START - 1),
    processingTime: PROCESSED,
  })
  const ours = {
    late_by_ms: '1234',
    origin_partition: 5,
    origin_offset: String(big),
    ingest_time: '2026-11-21 15:29:59.999+00',
    processing_time: '2026-11-21 15:29:00+00',
    source_topic: 'stock-prices-late',
    source_partition: 3,
    date: '2026-11-20',
  }
  const bare = { symbol: 'A', price: 1, timestamp: EVENT_TIME }
  const values = [late({ ...fullQuote, extra: { late: 'not ours', x: 'y' } }), late(bare)]
  expect(await landed(LATE_TOPIC, values.map(bytesOf(encodeLateQuote)))).toEqual([
    { ...fullQuoteRow, ...ours, extra: '{"x":"y"}', source_offset: '0' },
    { ...nothingQuoted, symbol: 'A', price: 1, event_time: '2026-11-20 23:59:59.999+00', ...ours, source_offset: '1' },
  ])
})

test('dead letters are rows of dead_letters, bytes and all, dated by their ingest time', async () => {
  const letter = {
    reason: 'not_utf8',
    detail: '3 bytes that are not UTF-8',
    topic: PRICES_TOPIC,
    partition: 2,
    offset: offset(99),
    ingestTime: EVENT_TIME,
    key: Buffer.from('AAPL'),
    value: Buffer.from([0x00, 0xff, 0x80]),
    headers: { trace: Buffer.from([1]) },
    attempt: 1,
    processingTime: PROCESSED,
  } as const
  const bare = { ...letter, key: null, value: new Uint8Array(0), headers: null }
  const rows = await landed(DEAD_LETTERS_TOPIC, [letter, bare].map(bytesOf(encodeDeadLetter)))
  expect(rows[0]).toEqual({
    reason: 'not_utf8',
    detail: '3 bytes that are not UTF-8',
    origin_topic: 'stock-prices',
    origin_partition: 2,
    origin_offset: '99',
    ingest_time: '2026-11-20 23:59:59.999+00',
    key: 'AAPL',
    value: '\\x00\\xFF\\x80',
    headers: '[["trace","AQ=="]]',
    attempt: 1,
    processing_time: '2026-11-21 15:29:00+00',
    source_topic: 'stock-dead-letters',
    source_partition: 3,
    source_offset: '0',
    date: '2026-11-20',
  })
  expect(rows[1]).toMatchObject({ key: null, value: '', headers: null })
})

test('all tables are there before the first record, empty', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer: WriterProcessor = await testWriter(lake)
  await writer.dispose()
  for (const { name } of TABLES) expect((await snapshotOf(lake, name)).files.size).toBe(0)
  const live = ['stocks', 'bars_1m', 'alerts', 'late_quotes', 'dead_letters']
  expect(TABLES.map((table) => table.name)).toEqual([...live, 'history_bars', 'history_days', 'corporate_actions'])
})

async function committedOf(lake: Parameters<typeof snapshotOf>[0], table: string): Promise<Record<string, unknown>> {
  const { txns } = await snapshotOf(lake, table)
  return Object.fromEntries([...txns].map(([appId, txn]) => [appId, txn.version]))
}
