// The cases that every implementation of the rules in docs/semantics.md must pass; those of volume are in
// windows/volume, those of alerts in alerts.test.ts. Their small times are milliseconds after T0, which begins a window
// of any length used here.

import { describe, expect, test } from 'vitest'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { deadTotal, type UnstampedBar, unaccounted } from '#services/stream/outputs'
import { createTopologyDriver, type TopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const SECOND = 1_000
const MINUTE = 60_000

/** A driver whose windows are `size` long and whose watermark lags by `delay`, both in milliseconds. */
function small(settings: { size: number; delay: number; lateness?: number }): TopologyDriver {
  return createTopologyDriver({
    config: {
      ...DEFAULT_STREAM_CONFIG,
      barIntervalMs: settings.size,
      watermarkDelayMs: settings.delay,
      allowedLatenessMs: settings.lateness ?? 0,
    },
    rules: [],
  })
}

function standard(): TopologyDriver {
  return createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
}

function at(driver: TopologyDriver, ...times: number[]): void {
  for (const time of times)
    driver.quote({ symbol: 'A', price: 100 + time, timestamp: T0 + time, ingestTime: T0 + MINUTE })
}

const counts = (bars: readonly UnstampedBar[]) => bars.map((bar) => [bar.windowStart - T0, bar.count])

describe('a window is [start, end)', () => {
  test('a quote one millisecond before the end is inside, one at the end outside', () => {
    const driver = standard()
    at(driver, 0, MINUTE - 1, MINUTE)
    expect(counts(driver.drain().bars)).toEqual([
      [0, 2],
      [MINUTE, 1],
    ])
  })

  test('it closes when the watermark is at its end, not before', () => {
    const driver = standard()
    at(driver, 0, MINUTE + 2 * SECOND - 1)
    expect(driver.all.bars).toEqual([])
    at(driver, MINUTE + 2 * SECOND)
    expect(counts(driver.all.bars)).toEqual([[0, 1]])
  })
})

describe('delay 10, window 5, times 10 to 15, then 25', () => {
  test('closes [10, 15) with 5; then 10 is late when no lateness is allowed', () => {
    const driver = small({ size: 5, delay: 10 })
    at(driver, 10, 11, 12, 13, 14, 15, 25)
    expect(counts(driver.all.bars)).toEqual([[10, 5]])
    at(driver, 10)
    expect(driver.all.late).toMatchObject([{ lateBy: 0, originOffset: 7 }])
    expect(driver.all.bars).toHaveLength(1)
  })

  test('then 10 revises when lateness is allowed', () => {
    const driver = small({ size: 5, delay: 10, lateness: 1 })
    at(driver, 10, 11, 12, 13, 14, 15, 25, 10)
    expect(driver.all.bars).toHaveLength(1)
    at(driver, 26)
    expect(driver.all.bars.map(({ count, revision }) => [count, revision])).toEqual([
      [5, 0],
      [6, 1],
    ])
  })
})

test('size 2, delay 1, lateness 0: 0,1,2,1,0,5,0 counts 4 and 1, and the last is late', () => {
  const driver = small({ size: 2, delay: 1 })
  at(driver, 0, 1, 2, 1, 0, 5, 0)
  expect(counts(driver.all.bars)).toEqual([
    [0, 4],
    [2, 1],
  ])
  expect(driver.all.late).toMatchObject([{ lateBy: 2, originOffset: 6 }])
})

test('after a large jump every window is emitted once', () => {
  const driver = small({ size: 2, delay: 2 })
  at(driver, 0, 1, 2, 0, 3, 0, 4, 0, 30)
  expect(counts(driver.all.bars)).toEqual([
    [0, 4],
    [2, 2],
    [4, 1],
  ])
  expect(driver.counters.late).toBe(1)
})

test('a symbol ten minutes ahead makes none of another one’s quotes late', () => {
  const driver = standard()
  for (let n = 0; n < 600; n++) {
    const ingestTime = T0 + 20 * MINUTE + n * SECOND
    driver.quote({ symbol: 'AHEAD', price: 1, timestamp: ingestTime, ingestTime })
    driver.quote({ symbol: 'BEHIND', price: 1, timestamp: ingestTime - 10 * MINUTE, ingestTime })
  }
  driver.drain()
  expect(driver.counters).toMatchObject({ late: 0, revisions: 0, placed: 1_200 })
})

test('a quote a day in the future is a dead letter, and all honest ones are kept', () => {
  const driver = standard()
  at(driver, 0, 1)
  driver.quote({ symbol: 'A', price: 1, timestamp: T0 + 86_400_000, ingestTime: T0 + MINUTE })
  at(driver, 2, 3)
  expect(driver.all.deadLetters).toMatchObject([{ reason: 'timestamp_in_future', offset: 2, attempt: 1 }])
  expect(counts(driver.drain().bars)).toEqual([[0, 4]])
  expect(driver.counters.late).toBe(0)
})

describe('silence', () => {
  test('a symbol silent while others go on closes after IDLE_CLOSE of ingest time', () => {
    const driver = standard()
    driver.quote({ symbol: 'A', price: 1, timestamp: T0 })
    expect(driver.quote({ symbol: 'B', price: 1, timestamp: T0 + 30 * SECOND - 1 }).bars).toEqual([])
    expect(driver.quote({ symbol: 'B', price: 1, timestamp: T0 + 30 * SECOND }).bars).toMatchObject([
      { symbol: 'A', closedBy: 'idle' },
    ])
  })

  test('a silent partition closes by the clock', () => {
    const driver = standard()
    driver.quote({ symbol: 'A', price: 1, timestamp: T0 })
    expect(driver.clockReaches(T0 + 30 * SECOND - 1).bars).toEqual([])
    expect(driver.clockReaches(T0 + 30 * SECOND).bars).toMatchObject([{ closedBy: 'idle', revision: 0 }])
    expect(driver.clockReaches(T0 + 31 * SECOND).bars).toEqual([])
  })

  test('a quote after that opens the window again, which closes as usual, as one revision', () => {
    const driver = standard()
    driver.quote({ symbol: 'A', price: 1, timestamp: T0 })
    driver.clockReaches(T0 + 30 * SECOND)
    for (const n of [1, 2]) {
      expect(driver.quote({ symbol: 'A', price: 1 + n, timestamp: T0 + n, ingestTime: T0 + 30 * SECOND }).bars).toEqual(
        [],
      )
    }
    expect(driver.clockReaches(T0 + 60 * SECOND).bars).toMatchObject([
      { count: 3, revision: 1, closedBy: 'idle', close: 3 },
    ])
  })

  test('the clock closes early only what the next record would have closed', () => {
    const [byClock, byRecord] = [standard(), standard()]
    for (const driver of [byClock, byRecord]) driver.quote({ symbol: 'A', price: 1, timestamp: T0 })
    byClock.clockReaches(T0 + 40 * SECOND)
    for (const driver of [byClock, byRecord]) {
      driver.quote({ symbol: 'A', price: 2, timestamp: T0 + 1, ingestTime: T0 + 40 * SECOND })
    }
    expect(byClock.all.bars).toEqual(byRecord.all.bars)
  })
})

// Cases 8 and 9: stream.test.ts restarts at every position and cuts batches anywhere; topology.property.test.ts spreads
// symbols over partitions.

test('quotes shuffled within the delay give the same bars', () => {
  const times = [0, 700, 1_500, 2_300, 30_000, 59_999, 60_000, 61_998, 62_000, 90_000, 200_000]
  const prices = [0.1, 0.2, 0.3, 1e9, 0.7, 1e-7, 3.3, 1e16, 2.2, 0.9, 1]
  const arrivals = [2, 0, 1, 3, 4, 7, 6, 5, 8, 9, 10]
  const quotes = times.map((time, n) => ({ symbol: 'A', price: prices[n] as number, timestamp: T0 + time, size: 1 }))
  const disordered = arrivals.map((n) => quotes[n] as (typeof quotes)[number])
  const bars = [quotes, disordered].map((given) => {
    const driver = standard()
    for (const quote of given) driver.quote({ ...quote, ingestTime: T0 + 200_000 })
    driver.drain()
    return driver.all.bars.map(({ firstOffset, lastOffset, ...bar }) => bar)
  })
  expect(bars[1]).toEqual(bars[0])
})

test('read = quotes + dead, and the latest bars’ counts + late + duplicates = quotes', () => {
  const driver = standard()
  for (let n = 0; n < 2_000; n++) {
    const behind = n % 50 === 0 ? 10 * MINUTE : n % 11 === 0 ? 2 * MINUTE : 0
    const id = n % 7 === 0 ? 'twice' : String(n)
    driver.quote({ symbol: `S${n % 5}`, price: 1 + n, timestamp: T0 + n * SECOND - behind, id })
    if (n % 13 === 0) driver.record({ value: '{' })
  }
  driver.drain()
  const latest = new Map(driver.all.bars.map((bar) => [`${bar.symbol} ${bar.windowStart}`, bar.count]))
  const inBars = [...latest.values()].reduce((sum, count) => sum + count, 0)
  const { counters } = driver
  expect(counters.read).toBe(counters.valid + deadTotal(counters))
  expect(inBars + driver.all.late.length + counters.duplicates).toBe(counters.valid)
  expect([counters.late, counters.duplicates, counters.revisions, deadTotal(counters)].every((n) => n > 0)).toBe(true)
  expect(unaccounted(counters)).toBe(0)
})

test('low <= open, close, average, vwap <= high, and volume >= 0, in spite of rounding', () => {
  for (const price of [0.1, 1 / 3, 277.06, 1e-9, 123_456.789]) {
    for (let quotes = 1; quotes < 60; quotes++) {
      const driver = standard()
      for (let n = 0; n < quotes; n++) driver.quote({ symbol: 'A', price, timestamp: T0 + n, size: 0.1 * n })
      const [bar] = driver.drain().bars
      expect(bar).toMatchObject({ open: price, close: price, low: price, high: price, average: price })
      expect(bar?.vwap ?? price).toBe(price)
      expect(bar?.volume).toBeGreaterThanOrEqual(0)
    }
  }
})

test('the vwap of 100 x 10 and 110 x 20 is 320/3', () => {
  const driver = standard()
  driver.quote({ symbol: 'A', price: 100, timestamp: T0, size: 10 })
  driver.quote({ symbol: 'A', price: 110, timestamp: T0 + 1, size: 20 })
  expect(driver.drain().bars).toMatchObject([{ vwap: 320 / 3, volume: 30, average: 105 }])
})
