// Day volumes as markets send them: totals that begin anew when the exchange's own trade date does, that repeat those
// of the day before, fall, glitch, or count the last 24 hours.

import { describe, expect, test } from 'vitest'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver, type GivenQuote } from '#services/stream/topology_driver'

const MINUTE = 60_000

type Fields = Partial<Omit<GivenQuote, 'timestamp' | 'dayVolume'>>
type Total = readonly [time: string, total: number | null, fields?: Fields]

/** The last revisions of the bars, by window, of quotes at these times. */
function barsOf(symbol: string, totals: readonly Total[], fields: Fields = {}) {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  for (const [time, dayVolume, own] of totals) {
    driver.quote({ symbol, price: 10, timestamp: Date.parse(time), dayVolume, ...fields, ...own })
  }
  driver.drain()
  const latest = new Map(driver.all.bars.map((bar) => [bar.windowStart, bar]))
  return [...latest.values()].sort((a, b) => a.windowStart - b.windowStart)
}

const volumesOf = (...given: Parameters<typeof barsOf>) => barsOf(...given).map(({ volume }) => volume)

/** Seconds after noon in New York on a trading day. */
const noon = (seconds: number) => new Date(Date.UTC(2026, 10, 24, 17) + seconds * 1_000).toISOString()

describe('a trade date is the exchange’s own', () => {
  test('New York’s midnight is in the middle of Hong Kong’s day', () => {
    const totals = [
      ['2026-11-24T04:59:30Z', 500_000],
      ['2026-11-24T05:00:10Z', 500_100],
    ] as const
    for (const fields of [{ exchange: 'HKG' }, {}]) {
      const bars = barsOf('0700.HK', totals, fields)
      expect(bars.map(({ volume }) => volume)).toEqual([null, 100])
      expect(bars.map(({ complete }) => complete)).toEqual([false, true])
    }
  })

  test('futures begin anew at 18:00 in New York', () => {
    const totals = [
      ['2026-11-23T21:59:00Z', 1_000_000],
      ['2026-11-23T23:00:00Z', 100],
      ['2026-11-23T23:01:00Z', 300],
      ['2026-11-24T04:59:00Z', 90_000],
      ['2026-11-24T05:00:05Z', 90_100],
    ] as const
    expect(volumesOf('ES=F', totals)).toEqual([null, 100, 200, 89_700, 100])
    const bars = barsOf('ES=F', totals, { extra: { exchangeTimezoneName: 'America/New_York' } })
    expect(bars.map(({ volume }) => volume)).toEqual([null, 100, 200, 89_700, 100])
    expect(bars.map(({ tradeDate }) => tradeDate)).toEqual(['2026-11-23', ...Array(4).fill('2026-11-24')])
  })
})

describe('a total that repeats the day before’s', () => {
  test('is no volume in the pre-market, and the day’s own counts from 0', () => {
    const totals = [
      ['2026-11-23T20:59:00Z', 50_000_000],
      ['2026-11-24T13:00:00Z', 50_000_000, { marketState: 'PRE' }],
      ['2026-11-24T14:30:00Z', 1_000_000],
      ['2026-11-24T14:31:00Z', 1_500_000],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, 0, 1_000_000, 500_000])
  })

  test('is none over a weekend and a holiday, nor is one that only that day had', () => {
    const totals = [
      ['2026-11-25T20:58:00Z', 100],
      ['2026-11-25T20:59:00Z', 4_000],
      ['2026-11-26T17:00:00Z', 4_000], // Thanksgiving
      ['2026-11-27T14:00:00Z', 4_000],
      ['2026-11-30T14:00:00Z', 4_000],
      ['2026-11-30T14:30:00Z', 4_000],
      ['2026-11-30T14:31:00Z', 20],
      ['2026-11-30T14:32:00Z', 4_000],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, 3_900, 0, 0, 0, 0, 20, 3_980])
  })

  test('is none after a correction, whether it repeats the last total or came after a first total of 0', () => {
    const totals = [
      ['2026-11-24T20:57:00Z', 900],
      ['2026-11-24T20:58:00Z', 1_000],
      ['2026-11-24T20:59:00Z', 950],
      ['2026-11-25T09:00:00Z', 0],
      ['2026-11-25T09:01:00Z', 950],
      ['2026-11-25T14:30:00Z', 7],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, 100, 0, 0, 0, 7])
  })
})

describe('a rolling total', () => {
  test('gives no volume', () => {
    const totals = [
      ['2026-11-23T23:59:00Z', 30_000_100_000],
      ['2026-11-24T00:00:00Z', 30_000_200_000],
      ['2026-11-24T00:01:00Z', 30_000_300_000],
    ] as const
    const bars = barsOf('BTC-USD', totals)
    expect(bars.map(({ volume, vwap }) => [volume, vwap])).toEqual(Array(3).fill([null, null]))
    expect(bars.map(({ complete }) => complete)).toEqual([false, true, true])
    expect(volumesOf('COIN', totals, { exchange: 'CCC' })).toEqual([null, null, null])
  })

  test('does not stand in the way of sizes', () => {
    const totals = [
      [noon(0), 1_000, { size: 2 }],
      [noon(1), 1_001],
    ] as const
    expect(volumesOf('BTC-USD', totals)).toEqual([2])
  })
})

describe('a fall within the trade date', () => {
  test('to a small part is a restart: the new total counts from 0', () => {
    const totals = [
      [noon(0), 1_000],
      [noon(60), 1_200],
      [noon(120), 10],
      [noon(180), 40],
      [noon(240), 1_300],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, 200, 10, 30, 1_260])
  })

  test('by a little is a correction: the level is held', () => {
    const totals = [
      [noon(0), 1_000],
      [noon(60), 900],
      [noon(120), 250],
      [noon(180), 999],
      [noon(240), 1_010],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, 0, 0, 0, 10])
  })

  test.each([0, 5])('to %i that is undone at once was a glitch', (glitch) => {
    const within = [
      [noon(0), 900],
      [noon(60), 1_000],
      [noon(120), glitch],
      [noon(121), glitch],
      [noon(122), 1_010],
      [noon(180), 1_020],
    ] as const
    expect(volumesOf('AAPL', within)).toEqual([null, 100, 10, 10])
    // Put out before it was known for a glitch, so it is taken off what comes next.
    const across = [
      [noon(0), 900],
      [noon(60), 1_000],
      [noon(120), glitch],
      [noon(180), 1_010],
      [noon(240), 1_020],
    ] as const
    expect(volumesOf('AAPL', across)).toEqual([null, 100, glitch, 10 - glitch, 10])
  })

  test('is counted, whatever it turns out to be', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
    for (const [second, dayVolume] of [1_000, 990, 995, 0, 1_000, 100, 110].entries()) {
      driver.quote({ symbol: 'A', price: 1, timestamp: Date.parse(noon(second)), dayVolume })
    }
    expect(driver.counters.volumeDecreases).toBe(4)
  })
})

describe('what cannot be known', () => {
  test('is null at first sight, and the bar is not complete, even if it is not its symbol’s first', () => {
    const totals = [
      [noon(0), null],
      [noon(60), 1_000],
      [noon(61), 1_005],
      [noon(120), 1_010],
    ] as const
    const bars = barsOf('AAPL', totals)
    expect(bars.map(({ volume, vwap }) => [volume, vwap])).toEqual([
      [null, null],
      [null, null],
      [5, 10],
    ])
    expect(bars.map(({ complete }) => complete)).toEqual([false, false, true])
  })

  test('is null where quotes say different things of their market, and go back in trade dates', () => {
    const totals = [
      ['2026-11-24T23:00:00Z', 1_000, { exchange: 'CME' }],
      ['2026-11-24T23:01:00Z', 1_100, { exchange: 'NMS' }],
      ['2026-11-24T23:02:00Z', 1_200, { exchange: 'CME' }],
    ] as const
    expect(volumesOf('X', totals)).toEqual([null, null, 200])
  })
})

describe('merged ticks', () => {
  test('are counted by the totals where some came without a size', () => {
    const totals = [
      [noon(0), 1_000, { size: 1_000 }],
      [noon(60), 1_005, { size: 5 }],
      [noon(61), 1_030],
      [noon(120), 1_034, { size: 4 }],
      [noon(180), 1_040, { size: 3 }],
      [noon(181), null, { size: 2 }],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([1_000, 30, 4, 5])
  })

  test('are unknown where the totals are', () => {
    const totals = [
      [noon(0), null],
      [noon(60), 1_005, { size: 5 }],
      [noon(61), 1_030],
    ] as const
    expect(volumesOf('AAPL', totals)).toEqual([null, null])
  })
})

test('a late total changes the volumes of all windows that it concerns', () => {
  const totals = [
    [noon(0), 1_000],
    [noon(60), 1_100],
    [noon(120), 20],
    [noon(180), 30],
    [noon(240), 40],
    [noon(119), 25],
  ] as const
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  for (const [time, dayVolume] of totals) {
    driver.quote({ symbol: 'A', price: 10, timestamp: Date.parse(time), dayVolume, ingestTime: Date.parse(noon(241)) })
  }
  expect(driver.drain().bars.map((bar) => [(bar.windowStart - Date.parse(noon(0))) / MINUTE, bar.volume])).toEqual([
    [1, 125],
    [2, 0],
    [3, 5],
    [4, 10],
  ])
})
