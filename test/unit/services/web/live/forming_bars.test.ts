// The bar that is still open.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver } from '#services/stream/topology_driver'
import { FormingBars } from '#services/web/live/forming_bars'
import { quoteView } from '#support/web/given_quotes'

const START = 1_700_000_040_000 - (1_700_000_040_000 % MINUTE_MS)

describe('a forming bar', () => {
  test('is what its quotes come to, whatever order they come in', () => {
    const bars = new FormingBars(2, MINUTE_MS)
    for (const [ms, price] of [
      [2_000, 12],
      [1_000, 10],
      [3_000, 11],
      [2_500, 13],
    ] as const) {
      expect(bars.add(1, quoteView({ symbol: 'AAPL', price, timestamp: START + ms }))).toBe(true)
    }
    expect(bars.bar(1)).toEqual({
      ...{ windowStart: START, windowEnd: START + MINUTE_MS, open: 10, high: 13, low: 10, close: 11, average: 11.5 },
      ...{ vwap: null, volume: null, count: 4, revision: -1, complete: true },
    })
    expect(bars.bar(0)).toBeNull()
  })

  test('is that of the newest window alone', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    bars.add(0, quoteView({ symbol: 'AAPL', price: 10, timestamp: START }))
    bars.add(0, quoteView({ symbol: 'AAPL', price: 20, timestamp: START + MINUTE_MS }))
    expect(bars.add(0, quoteView({ symbol: 'AAPL', price: 5, timestamp: START }))).toBe(false)
    expect(bars.bar(0)).toMatchObject({ windowStart: START + MINUTE_MS, open: 20, low: 20, count: 1 })
  })

  test('is over when its bar is closed, and late quotes do not bring it back', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    bars.add(0, quoteView({ symbol: 'AAPL', price: 10, timestamp: START }))
    expect(bars.close(0, START)).toBe(false)
    expect(bars.bar(0)).not.toBeNull()
    expect(bars.close(0, START + MINUTE_MS)).toBe(true)
    expect(bars.bar(0)).toBeNull()
    expect(bars.add(0, quoteView({ symbol: 'AAPL', price: 11, timestamp: START + 1 }))).toBe(false)
    expect(bars.close(0, START + MINUTE_MS)).toBe(false)
    bars.add(0, quoteView({ symbol: 'AAPL', price: 12, timestamp: START + MINUTE_MS }))
    expect(bars.bar(0)).toMatchObject({ count: 1, open: 12 })
  })

  test('has a volume out of sizes', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    bars.add(0, quoteView({ symbol: 'AAPL', price: 100, timestamp: START, size: 10 }))
    bars.add(0, quoteView({ symbol: 'AAPL', price: 110, timestamp: START + 1, size: 20 }))
    expect(bars.bar(0)).toMatchObject({ volume: 30, vwap: 320 / 3 })
  })

  test('goes by day volumes where a quote has no size: some of them were merged on their way', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    const add = (ms: number, dayVolume: number, size: number | null) =>
      bars.add(0, quoteView({ symbol: 'AAPL', price: 100, timestamp: START + ms, dayVolume, size }))
    add(0, 1_000, 10)
    add(MINUTE_MS, 1_010, 10)
    expect(bars.bar(0)).toMatchObject({ volume: 10 })
    add(MINUTE_MS + 1, 1_050, null)
    add(MINUTE_MS + 2, 1_055, 5)
    expect(bars.bar(0)).toMatchObject({ volume: 55, vwap: 100 })
  })

  test('has no volume out of totals that roll', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    for (const [ms, dayVolume] of [
      [0, 1_000],
      [MINUTE_MS, 1_010],
      [MINUTE_MS + 1, 1_200],
    ] as const) {
      bars.add(0, quoteView({ symbol: 'BTC-USD', price: 100, timestamp: START + ms, dayVolume }), 'rolling')
    }
    expect(bars.bar(0)).toMatchObject({ volume: null, vwap: null })
  })

  test('has a volume out of day volumes once one from before it is known, and none after a fall', () => {
    const bars = new FormingBars(1, MINUTE_MS)
    const add = (ms: number, price: number, dayVolume: number) =>
      bars.add(0, quoteView({ symbol: 'AAPL', price, timestamp: START + ms, dayVolume }))
    add(0, 100, 1_000)
    expect(bars.bar(0)).toMatchObject({ volume: null, vwap: null })
    add(MINUTE_MS, 100, 1_010)
    add(MINUTE_MS + 1, 110, 1_030)
    add(MINUTE_MS + 2, 500, 1_025)
    expect(bars.bar(0)).toMatchObject({ volume: 30, vwap: 320 / 3 })
    add(MINUTE_MS + 3, 110, 5)
    expect(bars.bar(0)).toMatchObject({ volume: null })
    add(2 * MINUTE_MS, 110, 25)
    expect(bars.bar(0)).toMatchObject({ volume: 20, vwap: 110 })
  })
})

test('it is the bar that the stream makes of quotes in order', () => {
  const quotes = fc.array(
    fc.record({ step: fc.nat(20_000), price: fc.integer({ min: 1, max: 1_000 }), size: fc.nat(100) }),
    { minLength: 1, maxLength: 50 },
  )
  fc.assert(
    fc.property(quotes, (given) => {
      const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
      const bars = new FormingBars(1, MINUTE_MS)
      let timestamp = START
      for (const { step, price, size } of given) {
        timestamp += step
        driver.quote({ symbol: 'AAPL', price, size, timestamp })
        bars.add(0, quoteView({ symbol: 'AAPL', price, size, timestamp }))
      }
      driver.drain()
      const closed = driver.all.bars.at(-1)
      const forming = bars.bar(0)
      const { open, high, low, close, volume, count, windowStart } = closed ?? {}
      expect(forming).toMatchObject({ open, high, low, close, volume, count, windowStart })
      expect(forming?.average).toBeCloseTo(closed?.average ?? 0, 9)
    }),
    { numRuns: 50 },
  )
})
