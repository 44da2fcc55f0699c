// Bars and alerts as rows, with the market's day and hours, which older rows do not have.

import { expect, test } from 'vitest'
import { schemaOf, tableOf } from '#lake/tables'
import { type Alert, encodeAlert } from '#market/alert'
import { type Bar, encodeBar } from '#market/bar'
import { ALERTS_TOPIC, BARS_TOPIC, type Topic } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { epochMs, offset } from '#runtime/units'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { bytesOf, land, landed } from '#support/lake/landed'
import { appendRows, createTestTable } from '#support/lake/sql_lake'
import { batchOf, rangeTo, testWriter } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

const EVENT_TIME = epochMs(Date.UTC(2026, 10, 20, 23, 59, 59, 999))
const PROCESSED = epochMs(Date.UTC(2026, 10, 21, 15, 29))
const big = Number.MAX_SAFE_INTEGER

const bar: Bar = {
  symbol: 'AAPL',
  windowStart: epochMs(Date.UTC(2026, 10, 20, 23, 59)),
  windowEnd: epochMs(Date.UTC(2026, 10, 21)),
  tradeDate: '2026-11-20',
  session: 'post',
  open: 1,
  high: 4.25,
  low: 0.5,
  close: 2,
  average: 2.125,
  vwap: 2.5,
  volume: 1000,
  volumeSince: epochMs(Date.UTC(2026, 10, 20, 23, 58, 45)),
  count: 3,
  revision: 1,
  closedBy: 'watermark',
  complete: true,
  firstOffset: offset(0),
  lastOffset: offset(big),
  processingTime: PROCESSED,
}

const barRow = {
  symbol: 'AAPL',
  window_start: '2026-11-20 23:59:00+00',
  window_end: '2026-11-21 00:00:00+00',
  trade_date: '2026-11-20',
  session: 'post',
  open: 1,
  high: 4.25,
  low: 0.5,
  close: 2,
  average: 2.125,
  vwap: 2.5,
  volume: 1000,
  volume_since: '2026-11-20 23:58:45+00',
  count: '3',
  revision: 1,
  closed_by: 'watermark',
  complete: true,
  first_offset: '0',
  last_offset: String(big),
  ingest_time: '2026-11-21 15:30:00+00',
  processing_time: '2026-11-21 15:29:00+00',
  source_topic: 'stock-bars-1m',
  source_partition: 3,
  date: '2026-11-20',
}

test('bars are rows of bars_1m, dated by their start', async () => {
  const unknown = { ...bar, vwap: null, volume: null, volumeSince: null, complete: false }
  expect(await landed(BARS_TOPIC, [bar, unknown].map(bytesOf(encodeBar)))).toEqual([
    { ...barRow, source_offset: '0' },
    { ...barRow, vwap: null, volume: null, volume_since: null, complete: false, source_offset: '1' },
  ])
})

test('a bar that was made before there were calendars has no trade date, no session and no volume_since', async () => {
  const { tradeDate, session, volumeSince, ...before } = bar
  const rows = await landed(BARS_TOPIC, [before, bar])
  expect(rows.map((row) => [row.trade_date, row.session, row.volume_since])).toEqual([
    [null, null, null],
    [tradeDate, session, barRow.volume_since],
  ])
})

test.each([
  ['bars_1m', BARS_TOPIC],
  ['alerts', ALERTS_TOPIC],
] as const)('a table %s of before gets trade_date and session, and its own rows have none', async (name, topic) => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: folder })
  const values = topic === BARS_TOPIC ? [bar, bar] : [alert, alert]
  const fields = schemaOf(tableOf(topic)).fields.filter((field) => !/^(trade_date|session)$/.test(field.name))
  await createTestTable(folder, { name, schema: { type: 'struct', fields } })
  const old = `SELECT * EXCLUDE (trade_date, session) FROM '${await fileOf(topic, values.slice(1))}'`
  await appendRows(folder, name, old)
  const writer = await testWriter(lake)
  await writer.open({ topic, partition: 3 }, rangeTo(1))
  await writer.process(batchOf(values.slice(1), { topic, partition: 3, first: 1 }))
  await writer.flush()
  await writer.dispose()
  const rows = await rowsOf(lake, name)
  expect(rows.map((row) => [row.source_offset, row.trade_date, row.session])).toEqual([
    ['0', null, null],
    ['1', '2026-11-20', 'post'],
  ])
})

/** A data file of rows that are landed apart. */
async function fileOf(topic: Topic, values: readonly unknown[]): Promise<string> {
  const { lake } = await land(topic, values)
  const { name } = tableOf(topic)
  const [path] = (await snapshotOf(lake, name)).files.keys()
  return lake.localPath(`${name}/${path}`)
}

const alert: Alert = {
  id: 'a1b2c3',
  rule: 'move',
  symbol: 'TSLA',
  direction: 'down',
  level: 2,
  percent: -4.5,
  price: 430.63,
  referencePrice: 451.5,
  referenceTime: null,
  eventTime: EVENT_TIME,
  tradeDate: '2026-11-20',
  session: 'post',
  message: 'ALERT  TSLA  −4.50 %',
  processingTime: PROCESSED,
}

test('alerts are rows of alerts, dated by their event time', async () => {
  const gapless = { ...alert, referenceTime: epochMs(EVENT_TIME - 1) }
  const rows = await landed(ALERTS_TOPIC, [alert, gapless].map(bytesOf(encodeAlert)))
  expect(rows[1]?.reference_time).toBe('2026-11-20 23:59:59.998+00')
  expect(rows[0]).toEqual({
    id: 'a1b2c3',
    rule: 'move',
    symbol: 'TSLA',
    direction: 'down',
    level: 2,
    percent: -4.5,
    price: 430.63,
    reference_price: 451.5,
    reference_time: null,
    event_time: '2026-11-20 23:59:59.999+00',
    trade_date: '2026-11-20',
    session: 'post',
    message: 'ALERT  TSLA  −4.50 %',
    ingest_time: '2026-11-21 15:30:00+00',
    processing_time: '2026-11-21 15:29:00+00',
    source_topic: 'stock-alerts',
    source_partition: 3,
    source_offset: '0',
    date: '2026-11-20',
  })
})

test('a record of a derived topic that cannot be read is counted, named by its commit, and stops nothing', async () => {
  const good = bytesOf(encodeBar)(bar)
  const without = (field: keyof Bar) => ({ ...bar, [field]: undefined })
  const values = [
    Buffer.from('{'),
    Buffer.from('[]'),
    null,
    without('symbol'),
    { ...bar, open: '1' },
    { ...bar, windowStart: 1e300 },
    { ...bar, revision: 2 ** 31 },
    { ...bar, lastOffset: 2 ** 53 },
    { ...bar, complete: 'yes' },
    good,
  ]
  const { lake, writer } = await land(BARS_TOPIC, values, 10)
  expect((await rowsOf(lake, 'bars_1m')).map((row) => row.source_offset)).toEqual(['19'])
  expect(writer.counters).toMatchObject({ rows: { bars_1m: 1 }, unreadable: 9 })
  const entry = Buffer.from((await lake.get('bars_1m/_delta_log/00000000000000000001.json')) ?? []).toString()
  expect(JSON.parse(entry.split('\n')[0] ?? '').commitInfo.operationParameters).toEqual({
    topic: BARS_TOPIC,
    unreadable: '9',
    unreadablePositions: '3:10 3:11 3:12 3:13 3:14 3:15 3:16 3:17 3:18',
  })
})
