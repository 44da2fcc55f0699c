import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { quoteOf } from '#market/quote'
import { virtualClock } from '#runtime/clock'
import { epochMs } from '#runtime/units'
import { TICKS_REMEMBERED } from '#services/producer/limits'
import { type FollowedSymbol, followSymbols } from '#services/producer/sources/yahoo/followed_symbols'
import { readFrame, type Tick } from '#services/producer/sources/yahoo/streamer/frame'
import { quoteOfTick, roundedPrice } from '#services/producer/sources/yahoo/streamer/tick_quote'
import { pricingFrame, type SentPricing } from '#support/yahoo/pricing_encoder'

/** A Friday, 10:31 in New York. */
const NOW = Date.UTC(2026, 9, 2, 14, 31)

function follow(symbol = 'AAPL', now = NOW) {
  const clock = virtualClock(now)
  const calendars = openCalendars({})
  const counts = { quotes: 0, repeated: 0, merged: 0 }
  const followed = followSymbols([symbol], { calendars, clock }).get(symbol) as FollowedSymbol
  const take = (pricing: SentPricing) => {
    const frame = readFrame(pricingFrame({ id: symbol, time: NOW - 1_000, price: 100, priceHint: 2, ...pricing }))
    if (frame.kind !== 'tick') throw new Error(`no tick: ${JSON.stringify(frame)}`)
    return quoteOfTick(frame.tick as Tick, followed, { clock, calendars, counts })
  }
  return { take, followed, counts }
}

describe('what a tick says', () => {
  test('and nothing that it does not say', () => {
    expect(follow().take({ marketHours: 1 })).toEqual(
      quoteOf({
        symbol: 'AAPL',
        price: 100,
        timestamp: epochMs(NOW - 1_000),
        id: `${NOW - 1_000}:100::`,
        marketState: 'REGULAR',
        source: 'yahoo',
      }),
    )
  })

  test.each([
    [0, 'PRE'],
    [1, 'REGULAR'],
    [2, 'POST'],
    [3, 'EXTENDED'],
    [4, 'OVERNIGHT'],
  ])('hours %d are %s', (marketHours, marketState) => {
    expect(follow().take({ marketHours })).toMatchObject({ marketState, extra: null })
  })

  test('hours that nobody knows are OTHER, and the number is kept', () => {
    expect(follow().take({ marketHours: 9 })).toMatchObject({ marketState: 'OTHER', extra: { marketHours: 9 } })
    expect(follow().take({})).toMatchObject({ marketState: null, extra: null })
  })

  test('prices are rounded, and amounts are as they are', () => {
    expect(
      follow().take({ price: 277.06, bid: 277.05, bidSize: 3, ask: 277.07, askSize: 4, dayVolume: 0 }),
    ).toMatchObject({ price: 277.06, bid: 277.05, bidSize: 3, ask: 277.07, askSize: 4, dayVolume: 0 })
    expect(follow().take({ bid: 0, bidSize: 3, dayVolume: -1 })).toMatchObject({
      bid: null,
      bidSize: null,
      dayVolume: null,
    })
  })
})

describe('the size', () => {
  const sizes = (...ticks: readonly (readonly [dayVolume: number, lastSize: number])[]) => {
    const { take, counts } = follow()
    const quotes = ticks.map(([dayVolume, lastSize], i) => take({ time: NOW + i, dayVolume, lastSize }))
    return { sizes: quotes.map((quote) => quote?.size), counts, extras: quotes.map((quote) => quote?.extra) }
  }

  test('is the last size where the day’s volume grew by just that', () => {
    expect(sizes([1_000, 10], [1_049, 49], [1_050, 1]).sizes).toEqual([null, 49, 1])
  })

  test('is not known where ticks were merged, which is counted; the last size is kept beside', () => {
    const { sizes: found, counts, extras } = sizes([1_000, 10], [1_200, 49], [1_249, 49])
    expect(found).toEqual([null, null, 49])
    expect(counts.merged).toBe(1)
    expect(extras).toEqual([{ lastSize: 10 }, { lastSize: 49 }, null])
  })

  test.each([
    ['a new day', [1_000, 10], [10, 10]],
    ['a correction', [1_000, 10], [990, 10]],
    ['no growth', [1_000, 10], [1_000, 0]],
    ['a total of 24 hours', [59_712_028_672, 59_712_028_672], [59_712_028_700, 59_712_028_700]],
  ] as const)('is not known after %s', (_, first, second) => {
    expect(sizes(first, second)).toMatchObject({ sizes: [null, null], counts: { merged: 0 } })
  })

  test('is never known where the total is one of 24 hours, though it grew by just that', () => {
    const { take } = follow('BTC-USD')
    take({ exchange: 'CCC', dayVolume: 1_000, lastSize: 5 })
    expect(take({ exchange: 'CCC', dayVolume: 1_005, lastSize: 5 })).toMatchObject({
      size: null,
      extra: { lastSize: 5 },
    })
  })

  test('is not known where the order is not that of time', () => {
    const { take } = follow()
    take({ time: NOW + 10, dayVolume: 1_000, lastSize: 1 })
    expect(take({ time: NOW, dayVolume: 1_010, lastSize: 10 })?.size).toBeNull()
    expect(take({ time: NOW + 11, dayVolume: 1_005, lastSize: 5 })?.size).toBe(5)
  })

  test('sums up to the growth of the day’s volume, wherever it is known', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ own: fc.integer({ min: 1, max: 99 }), others: fc.nat(3) })), (trades) => {
        const { take } = follow()
        let volume = 1_000
        take({ time: NOW, dayVolume: volume, lastSize: 1 })
        for (const [i, { own, others }] of trades.entries()) {
          volume += own + others
          const quote = take({ time: NOW + i + 1, dayVolume: volume, lastSize: own })
          expect(quote?.size).toBe(others === 0 ? own : null)
        }
      }),
    )
  })
})

describe('the same tick', () => {
  test('is one quote, also when others came between', () => {
    const { take, counts } = follow()
    const ticks = Array.from({ length: TICKS_REMEMBERED }, (_, i) => ({ price: 100 + i, dayVolume: i, lastSize: 1 }))
    for (const tick of ticks) expect(take(tick)).not.toBeNull()
    for (const tick of ticks) expect(take(tick)).toBeNull()
    expect(counts).toMatchObject({ quotes: TICKS_REMEMBERED, repeated: TICKS_REMEMBERED })
  })

  test.each([
    ['another price', { price: 100.01 }],
    ['another volume', { dayVolume: 8 }],
    ['another size', { lastSize: 2 }],
    ['another time', { time: NOW }],
  ])('is another one with %s', (_, change) => {
    const { take } = follow()
    const tick = { price: 100, dayVolume: 7, lastSize: 1, time: NOW - 1_000 }
    expect([take(tick), take({ ...tick, ...change })]).not.toContain(null)
  })

  test('as a row that was handed on is that row', () => {
    const { take, followed } = follow()
    followed.sentRow = quoteOf({ symbol: 'AAPL', price: 277.06, timestamp: epochMs(NOW), dayVolume: 7 })
    expect(take({ price: 277.06, time: NOW + 400, dayVolume: 7, lastSize: 5 })).toBeNull()
    expect(take({ price: 277.06, time: NOW + 400, dayVolume: 8, lastSize: 1 })).toMatchObject({ size: 1 })
    expect(take({ price: 277.07, time: NOW + 400 })).not.toBeNull()
  })

  test.each([
    // A float of 32 bits has no cents at this height, and the hint of a stock leaves out what is below a cent.
    [741_201.27, 741_201.25],
    [307.2055, 307.21],
    [0.00001234, 0.00001234],
  ])('as a row is that row at a price of %d, which a tick has as %d', (rowPrice, tickPrice) => {
    const { take, followed, counts } = follow()
    followed.sentRow = quoteOf({ symbol: 'AAPL', price: rowPrice, timestamp: epochMs(NOW) })
    expect(take({ price: rowPrice, time: NOW })).toBeNull()
    expect(counts).toMatchObject({ quotes: 0, repeated: 1 })
    expect(take({ price: rowPrice, time: NOW + 1_000 })).toMatchObject({ price: tickPrice })
  })
})

describe('what the polled row adds', () => {
  const row = (timestamp: number, more = {}) =>
    quoteOf({ symbol: 'AAPL', price: 90, timestamp: epochMs(timestamp), currency: 'USD', previousClose: 80, ...more })

  test('currency and previous close', () => {
    const { take, followed } = follow()
    followed.row = row(NOW)
    expect(take({})).toMatchObject({ currency: 'USD', previousClose: 80 })
  })

  test('a previous close only where the row is of the same trade date', () => {
    const { take, followed } = follow()
    followed.row = row(NOW - 24 * 3_600_000)
    expect(take({})).toMatchObject({ currency: 'USD', previousClose: null })
    expect(take({ price: 101, previousClose: 99 })).toMatchObject({ previousClose: 99 })
  })

  test('the zone, where the exchange alone would not tell the calendar', () => {
    const { take, followed } = follow('NOBODY')
    followed.row = row(NOW, { extra: { exchangeTimezoneName: 'Europe/Vilnius' } })
    expect(take({ exchange: 'ZZZ' })).toMatchObject({ extra: { exchangeTimezoneName: 'Europe/Vilnius' } })
    const known = follow()
    known.followed.row = row(NOW, { extra: { exchangeTimezoneName: 'America/New_York' } })
    expect(known.take({ exchange: 'NMS' })).toMatchObject({ extra: null })
  })
})

test('a tick from far ahead is handed on, and rows are not measured by it', () => {
  const { take, followed } = follow()
  expect(take({ time: NOW + 3_600_000 })).not.toBeNull()
  expect(followed.tickTime).toBe(Number.NEGATIVE_INFINITY)
  take({ time: NOW })
  expect(followed.tickTime).toBe(NOW)
})

describe('a rounded price', () => {
  test.each([
    [307.20001220703125, 2, 307.2],
    [305.760009765625, 2, 305.76],
    [Math.fround(1.08563), 4, 1.0856],
    [Math.fround(0.00001234), 8, 0.00001234],
    [Math.fround(94_745.08), 2, 94_745.08],
    [Math.fround(0.001), 2, 0.001],
    [Math.fround(277.06), null, 277.06],
    [Math.fround(277.06), -1, 277.06],
    [Math.fround(277.06), 99, 277.06],
    [Math.fround(5e20), 2, 5e20],
    [Math.fround(39_000), 0, 39_000],
  ])('%d with hint %s is %d', (float, hint, price) => {
    expect(roundedPrice(float, hint)).toBe(price)
  })

  test('of few enough digits is what was meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 0, max: 6 }), (digits, hint) => {
        const meant = digits / 10 ** hint
        expect(roundedPrice(Math.fround(meant), hint)).toBe(meant)
        expect(roundedPrice(Math.fround(meant), null)).toBe(meant)
      }),
      { numRuns: 1_000 },
    )
  })
})
