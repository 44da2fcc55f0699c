// What a backfill brings, as rows: through the writer into a table's files, and read as an outsider would.

import { expect, test } from 'vitest'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC, type Topic } from '#market/topics'
import { historyBar, historyDay, split } from '#support/lake/history_records'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { land, landed } from '#support/lake/landed'

const provenanceOf = (topic: Topic) => ({
  ingest_time: '2026-11-21 15:30:00+00',
  processing_time: '2026-11-21 15:30:00+00',
  source_topic: topic,
  source_partition: 3,
  source_offset: '0',
})

test("a bar of history is a row of history_bars, dated by its window's start", async () => {
  expect(await landed(HISTORY_BARS_TOPIC, [historyBar()])).toEqual([
    {
      symbol: 'AAPL',
      grain: '1m',
      window_start: '2026-11-28 00:59:00+00',
      window_end: '2026-11-28 01:00:00+00',
      ...{ open: 1, high: 2, low: 0.5, close: 1.5, volume: null },
      ...{ trade_date: '2026-11-27', session: 'post', currency: 'USD', exchange: null },
      ...{ is_final: true, source: 'yahoo', fetched_at: '2026-11-21 15:29:00+00' },
      ...provenanceOf(HISTORY_BARS_TOPIC),
      date: '2026-11-28',
    },
  ])
})

test('what is known of a trading day is a row of history_days, dated by the trading day', async () => {
  expect(await landed(HISTORY_DAYS_TOPIC, [historyDay()])).toEqual([
    {
      ...{ symbol: 'AAPL', grain: '1m', trade_date: '2026-11-27', state: 'partial', bars: 210 },
      covered_from: '2026-11-28 00:59:00+00',
      covered_until: '2026-11-28 01:00:00+00',
      ...{ regular_start: null, regular_end: null, source: 'yahoo', fetched_at: '2026-11-21 15:29:00+00' },
      ...provenanceOf(HISTORY_DAYS_TOPIC),
      date: '2026-11-27',
    },
  ])
})

test('a split is a row of corporate_actions, dated by the year in which it takes effect', async () => {
  expect(await landed(CORPORATE_ACTIONS_TOPIC, [split()])).toEqual([
    {
      ...{ symbol: 'AAPL', kind: 'split', ex_time: '2020-08-31 13:30:00+00', ex_date: '2020-08-31' },
      ...{ ratio: 4, amount: null, currency: null, source: 'yahoo', fetched_at: '2026-11-21 15:29:00+00' },
      ...provenanceOf(CORPORATE_ACTIONS_TOPIC),
      date: '2020-01-01',
    },
  ])
})

test.each([
  ['1m', '2026-11-28', '2026-11-27'],
  ['5m', '2026-11-28', '2026-11-27'],
  ['1h', '2026-11-01', '2026-11-01'],
  ['1d', '2026-01-01', '2026-01-01'],
] as const)('decades of bars are few files: rows of %s are dated %s, and %s', async (grain, barsDate, daysDate) => {
  expect(await landed(HISTORY_BARS_TOPIC, [historyBar({ grain })])).toMatchObject([{ grain, date: barsDate }])
  expect(await landed(HISTORY_DAYS_TOPIC, [historyDay({ grain })])).toMatchObject([{ grain, date: daysDate }])
})

test("a date's bounds are in the table's log, so that readers can skip files by it", async () => {
  const dates = ['2026-11-27', '1969-12-31', '2028-02-29']
  const { lake } = await land(
    HISTORY_BARS_TOPIC,
    dates.map((tradeDate) => historyBar({ tradeDate })),
  )
  const [file] = [...(await snapshotOf(lake, 'history_bars')).files.values()]
  const { minValues, maxValues, nullCount } = JSON.parse(file?.stats ?? '')
  expect([minValues.trade_date, maxValues.trade_date, nullCount.trade_date]).toEqual(['1969-12-31', '2028-02-29', 0])
})

test.each([
  ['history_bars', HISTORY_BARS_TOPIC, historyBar()],
  ['history_days', HISTORY_DAYS_TOPIC, historyDay()],
] as const)(
  'a record of %s without a true trade date is in no table, and stops nothing',
  async (name, topic, value) => {
    const wrong = ['2026-02-30', '27.11.2026', '2026-11-27T00:00:00Z', 20_000, null, undefined, '']
    const { lake, writer } = await land(topic, [...wrong.map((tradeDate) => ({ ...value, tradeDate })), value])
    expect((await rowsOf(lake, name)).map((row) => row.trade_date)).toEqual(['2026-11-27'])
    expect(writer.counters.unreadable).toBe(wrong.length)
  },
)
