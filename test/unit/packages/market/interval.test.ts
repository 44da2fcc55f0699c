// The names of intervals, and of the topics and tables of bars that are named by them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BARS_TABLE_PREFIX, tableNamed, tablesOf } from '#lake/tables'
import { BAR_INTERVAL_MAX_MS, intervalName, isBarInterval, parseInterval } from '#market/interval'
import { BARS_TOPIC, barsTopic, TOPICS, topicsOf } from '#market/topics'

test.each([
  [60_000, '1m'],
  [300_000, '5m'],
  [900_000, '15m'],
  [10_000, '10s'],
  [90_000, '90s'],
  [1_500, '1500ms'],
  [1, '1ms'],
  [3_600_000, '1h'],
])('%i ms are called %s', (ms, name) => {
  expect(intervalName(ms)).toBe(name)
  expect(parseInterval(name)).toBe(ms)
})

test.each(['', 'm', '60s', '1000ms', '0m', '01m', '1.5s', '-1m', '1M', '1m ', '1d', '99999999999h'])(
  '%j is the name of no interval',
  (name) => expect(parseInterval(name)).toBeUndefined(),
)

const intervals = fc.integer({ min: 1, max: 86_400_000 })

test('distinct intervals have distinct names, which can be read back', () => {
  fc.assert(
    fc.property(intervals, intervals, (one, other) => {
      expect(parseInterval(intervalName(one))).toBe(one)
      expect(intervalName(one) === intervalName(other)).toBe(one === other)
    }),
  )
})

/** All that BAR_INTERVAL_MS can be. */
const SETTINGS = Array.from({ length: BAR_INTERVAL_MAX_MS }, (_, i) => i + 1).filter(isBarInterval)

test('each interval that bars may have gets its own topic and table, with names that Kafka and SQL take', () => {
  const topics = SETTINGS.map((ms) => barsTopic(ms))
  const tables = SETTINGS.map((ms) => tablesOf([ms])[1]?.name ?? '')
  expect(SETTINGS.length).toBe(108)
  expect(new Set(topics).size).toBe(108)
  expect(new Set(tables).size).toBe(108)
  for (const topic of topics) expect(topic).toMatch(/^stock-bars-[a-z0-9]{2,9}$/)
  for (const table of tables) expect(table).toMatch(/^bars_[a-z0-9]{2,9}$/)
})

test('a minute, the default, has the names that it always had', () => {
  expect(BARS_TOPIC).toBe('stock-bars-1m')
  expect(TOPICS).toEqual(topicsOf(60_000))
  expect(tablesOf([60_000]).map(({ name }) => name)).toEqual([
    'stocks',
    'bars_1m',
    'alerts',
    'late_quotes',
    'dead_letters',
    'history_bars',
    'history_days',
    'corporate_actions',
  ])
})

test('a table of bars is known by its name alone, and is filled from the topic of its interval', () => {
  for (const ms of SETTINGS) {
    const table = tableNamed(`${BARS_TABLE_PREFIX}${intervalName(ms)}`)
    expect([table?.topic, table?.barIntervalMs]).toEqual([barsTopic(ms), ms])
  }
  expect(tableNamed('stocks')?.topic).toBe('stock-prices')
  for (const name of ['bars', 'bars_', 'bars_1h', 'bars_7m', 'bars_60s', 'bars_5m/x', 'other']) {
    expect(tableNamed(name)).toBeUndefined()
  }
})

test.each([0, -60_000, 0.5, 420_000, 1_800_000, Number.NaN])('%d ms is no interval of bars', (ms) => {
  expect(isBarInterval(ms)).toBe(false)
})
