// Simulated trading days of the world's exchanges through the topology: what its bars say was traded is what the
// simulator traded.

import { describe, expect, test } from 'vitest'
import type { Bar } from '#market/bar'
import { MINUTE_MS } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver } from '#services/stream/topology_driver'
import { type GivenDays, type SentRecord, simulatedDays, withoutFirstDays } from '#support/simulated_days'

interface Told {
  /** `symbol date` to the sum of its bars' volumes. */
  readonly volumes: ReadonlyMap<string, number>
  readonly bars: readonly Pick<Bar, 'symbol' | 'windowStart' | 'volume'>[]
}

/** The last revisions of the bars that a feed makes. */
function told(records: readonly SentRecord[], { withSizes = true } = {}): Told {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  for (const { record, timestamp } of records) {
    const value = record.value as string
    const sent = withSizes ? value : value.replace(/"size":\d+,/, '')
    driver.record({ key: record.key, value: sent, ingestTime: timestamp })
  }
  driver.drain()
  const bars = [...new Map(driver.all.bars.map((bar) => [`${bar.symbol} ${bar.windowStart}`, bar])).values()]
  const volumes = new Map<string, number>()
  for (const { symbol, tradeDate, volume } of bars) {
    if (volume === null) continue
    const day = `${symbol} ${tradeDate}`
    volumes.set(day, (volumes.get(day) ?? 0) + volume)
  }
  return { bars, volumes }
}

/** Days with trades. */
const traded = (ledger: ReadonlyMap<string, number>) => new Map([...ledger].filter(([, units]) => units > 0))

const MARKETS: readonly [string, GivenDays][] = [
  // Wednesday, Thanksgiving, and a half day.
  ['New York', { symbols: ['AAPL'], from: '2026-11-25T06:00:00Z', to: '2026-11-28T02:00:00Z' }],
  ['New York, clocks back', { symbols: ['AAPL'], from: '2026-10-30T06:00:00Z', to: '2026-11-04T00:00:00Z' }],
  ['Hong Kong, with its lunch', { symbols: ['0700.HK'], from: '2026-11-23T00:00:00Z', to: '2026-11-25T12:00:00Z' }],
  ['Tokyo', { symbols: ['7203.T'], from: '2026-11-23T22:00:00Z', to: '2026-11-26T12:00:00Z' }],
  // A half day: 24 December.
  ['London', { symbols: ['VOD.L'], from: '2026-12-23T00:00:00Z', to: '2026-12-25T12:00:00Z' }],
  ['Xetra, clocks forward', { symbols: ['SAP.DE'], from: '2026-03-27T00:00:00Z', to: '2026-03-31T20:00:00Z' }],
  ['Mumbai', { symbols: ['RELIANCE.NS'], from: '2026-11-24T00:00:00Z', to: '2026-11-26T20:00:00Z' }],
  [
    'no place at all: a market that never closes',
    { session: 'always', symbols: ['AAPL'], from: '2026-11-27T00:00:00Z', to: '2026-11-29T12:00:00Z', roundS: 30 },
  ],
  ['futures, clocks back', { symbols: ['ES=F'], from: '2026-10-30T10:00:00Z', to: '2026-11-03T12:00:00Z' }],
]

describe.each(MARKETS)('the volumes of bars add up to what was traded in %s', (_, days) => {
  test('by sizes', () => {
    const { records, ledger } = simulatedDays(days)
    expect(traded(ledger).size).toBeGreaterThan(1)
    expect(traded(told(records).volumes)).toEqual(traded(ledger))
  })

  test('by day volumes alone, once a day has been seen whole', () => {
    const { records, ledger } = simulatedDays(days)
    expect(withoutFirstDays(traded(told(records, { withSizes: false }).volumes))).toEqual(
      withoutFirstDays(traded(ledger)),
    )
  })

  test.each([
    ['merged ticks', { merged: 0.2 }],
    ['silences', { gap: 0.1 }],
    ['outages', { outage: 0.1 }],
    ['restarts of the total', { restart: 0.0005 }],
    ['late quotes', { late: 0.05 }],
    ['late quotes and merged ticks', { late: 0.05, merged: 0.2 }],
    ['late quotes and silences', { late: 0.05, gap: 0.1 }],
    ['late quotes and outages', { late: 0.05, outage: 0.1 }],
  ])('through %s', (_fault, faults) => {
    const { records, ledger } = simulatedDays({ ...days, faults })
    expect(withoutFirstDays(traded(told(records).volumes))).toEqual(withoutFirstDays(traded(ledger)))
  })

  test('through corrections that are taken back', () => {
    const { records, ledger } = simulatedDays({ ...days, faults: { correction: 0.002 } })
    expect(withoutFirstDays(traded(told(records, { withSizes: false }).volumes))).toEqual(
      withoutFirstDays(traded(ledger)),
    )
  })
})

test('what has no total of its trading day has no volume', () => {
  const week = { symbols: ['BTC-USD', 'EURUSD=X'], from: '2026-11-27T00:00:00Z', to: '2026-11-30T00:00:00Z' }
  const { bars } = told(simulatedDays({ ...week, roundS: 30 }).records)
  expect(bars.length).toBeGreaterThan(3 * 24 * 60)
  expect(new Set(bars.map(({ volume }) => volume))).toEqual(new Set([null]))
})

test('an outage is minutes without a bar of any symbol, and the bar behind it has the volume of them all', () => {
  const days = { symbols: ['AAPL', 'MSFT'], from: '2026-11-24T14:00:00Z', to: '2026-11-24T21:00:00Z' }
  const whole = told(simulatedDays(days).records).bars
  const { records, ledger } = simulatedDays({ ...days, faults: { outage: 0.1 } })
  const { bars, volumes } = told(records)
  const minutesOf = (wanted: string, of: Told['bars']) =>
    new Set(of.filter(({ symbol }) => symbol === wanted).map(({ windowStart }) => windowStart / MINUTE_MS))
  const missing = minutesOf('AAPL', whole).difference(minutesOf('AAPL', bars))
  expect(missing.size).toBeGreaterThan(10)
  const missingOfOther = minutesOf('MSFT', whole).difference(minutesOf('MSFT', bars))
  // The last minute before and the first one behind may have a turn of one of the two alone.
  for (const minute of missingOfOther) expect([minute - 1, minute, minute + 1].some((at) => missing.has(at))).toBe(true)
  expect(Math.abs(missingOfOther.size - missing.size)).toBeLessThan(missing.size / 4)
  expect(volumes).toEqual(ledger)
})
