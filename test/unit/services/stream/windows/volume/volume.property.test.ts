// What totals add up to: the volumes of a trade date's bars are its last total, or with restarts the sum of their last
// ones, in every market, on days when clocks change too, in any order within the delay, over any number of partitions.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { exchangeZoneOf, quoteOf } from '#market/quote'
import { parseTradeDate, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG, type StreamConfig } from '#services/stream/config'
import { DAY_VOLUME_QUOTES_MAX } from '#services/stream/limits'
import type { UnstampedBar } from '#services/stream/outputs'
import { createTopologyDriver, type GivenQuote } from '#services/stream/topology_driver'
import { noTotals, VolumeCount } from '#services/stream/windows/volume/day_totals'
import { countSteps, insertStep, withoutInnerSteps } from '#services/stream/windows/volume/total_steps'

const config: StreamConfig = { ...DEFAULT_STREAM_CONFIG, watermarkDelayMs: 20_000, allowedLatenessMs: 60_000 }

type Market = Pick<GivenQuote, 'symbol'> & Partial<Pick<GivenQuote, 'exchange' | 'extra'>>

const MARKETS: readonly Market[] = [
  { symbol: 'AAPL' },
  { symbol: 'AAPL', exchange: 'NMS', extra: { exchangeTimezoneName: 'America/New_York', note: 'x' } },
  { symbol: 'VOD.L' },
  { symbol: '7203.T', exchange: 'JPX' },
  { symbol: '0700.HK', exchange: 'HKG' },
  { symbol: 'RELIANCE.NS' },
  { symbol: 'ES=F', exchange: 'CME' },
  { symbol: 'EURUSD=X' },
  { symbol: 'X', extra: { exchangeTimezoneName: 'America/Detroit' } },
  { symbol: 'Y', extra: { exchangeTimezoneName: 'Australia/Lord_Howe' } },
]

/** A summer's day, the nights on which clocks change, a half day. */
const FIRST_DATES = ['2026-07-08', '2026-03-05', '2026-03-27', '2026-10-30', '2026-11-26', '2026-04-03']

interface DrawnDay {
  readonly rises: readonly { readonly at: number; readonly rise: number; readonly shift: number }[]
  readonly restarts: boolean
}

const day: fc.Arbitrary<DrawnDay> = fc.record({
  rises: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      rise: fc.integer({ min: 0, max: 1_000_000 }),
      shift: fc.integer({ min: 0, max: config.watermarkDelayMs }),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  restarts: fc.boolean(),
})

const given = fc.record({
  market: fc.constantFrom(...MARKETS),
  from: fc.constantFrom(...FIRST_DATES),
  days: fc.array(day, { minLength: 2, maxLength: 5 }),
})

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never

const calendars = openCalendars({})

/** The market's next trade dates, with its totals on each and what they should add up to. */
function marketOf({ market, from, days }: Given) {
  const zone = exchangeZoneOf(quoteOf({ ...market, price: 1, timestamp: 0 as EpochMs }))
  const calendar = calendars.of({ symbol: market.symbol, exchange: market.exchange ?? null, zone })
  const sums = new Map<string, number>()
  const quotes: (GivenQuote & { readonly arrives: number })[] = []
  let date = parseTradeDate(from) as number
  let carried = -1
  for (const { rises, restarts } of days) {
    while (calendar.spansOf(date).length === 0) date++
    const spans = calendar.spansOf(date++)
    const [begin, end] = [spans[0]?.start ?? 0, spans.at(-1)?.end ?? 0]
    // At distinct times: of equal ones the later arrival is the later quote.
    const drawn = rises.map(({ at }) => Math.floor(begin + at * (end - begin - rises.length))).sort((a, b) => a - b)
    const times = drawn.map((time, i) => time + i)
    let [total, sum] = [0, 0]
    for (const [i, { rise, shift }] of rises.entries()) {
      // Begins anew at a small part of what it was, and does not come back in one step.
      const isRestart = restarts && i === rises.length >> 1 && total > 100
      if (isRestart) sum += total
      const isConfirmed = restarts && i === (rises.length >> 1) + 1
      total = isRestart ? Math.floor(total / 5) : total + (isConfirmed ? Math.min(rise, 1) : rise)
      if (i === 0 && total === carried) total++
      const timestamp = times[i] as number
      quotes.push({ ...market, price: 10, timestamp, dayVolume: total, arrives: timestamp + shift })
    }
    carried = total
    sums.set(tradeDateText(date - 1), sum + total)
  }
  return { quotes, sums }
}

/** The volumes of each trade date's bars together; null where one of them is not known. */
function sumsOf(bars: readonly UnstampedBar[]): Map<string, number | null> {
  const latest = new Map(bars.map((bar) => [bar.windowStart, bar]))
  const sums = new Map<string, number | null>()
  for (const { tradeDate, volume } of latest.values()) {
    const sum = sums.get(tradeDate)
    sums.set(tradeDate, sum === null || volume === null ? null : (sum ?? 0) + volume)
  }
  return sums
}

function barsOf(quotes: readonly GivenQuote[]): readonly UnstampedBar[] {
  const driver = createTopologyDriver({ config, rules: [] })
  for (const quote of quotes) driver.quote(quote)
  driver.drain()
  return driver.all.bars
}

describe('the volumes of a trade date', () => {
  test('add up to its last total, in any market, in any order within the delay', () => {
    fc.assert(
      fc.property(given, (drawn) => {
        const { quotes, sums } = marketOf(drawn)
        const [first, ...later] = [...sums]
        const inOrder = sumsOf(barsOf(quotes))
        const disordered = sumsOf(barsOf([...quotes].sort((a, b) => a.arrives - b.arrives)))
        expect(inOrder.get((first as [string, number])[0])).toBeNull()
        for (const [date, sum] of later) expect([date, inOrder.get(date)]).toEqual([date, sum])
        expect(disordered).toEqual(inOrder)
      }),
      { numRuns: 300 },
    )
  })

  test('are the same whatever else the partition has', () => {
    fc.assert(
      fc.property(fc.tuple(given, given), (drawn) => {
        const [one, other] = drawn.map((each, i) =>
          marketOf({ ...each, market: { ...each.market, symbol: i === 0 ? 'AAPL' : 'ES=F' } }),
        ) as [ReturnType<typeof marketOf>, ReturnType<typeof marketOf>]
        const both = [...one.quotes, ...other.quotes].sort((a, b) => a.arrives - b.arrives)
        const together = barsOf(both)
        for (const symbol of ['AAPL', 'ES=F']) {
          const apart = barsOf(both.filter((quote) => quote.symbol === symbol))
          expect(sumsOf(together.filter((bar) => bar.symbol === symbol))).toEqual(sumsOf(apart))
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('totals that are left out beyond the limit', () => {
  const steps = fc.array(
    fc.record({
      total: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1_000 }), fc.constantFrom(0, 1_000)),
      date: fc.constantFrom(1, 1, 1, 1, 2),
    }),
    { maxLength: 60, size: 'max' },
  )

  function countedOf(flat: readonly number[], begin: readonly number[]) {
    const totals = noTotals()
    const count = new VolumeCount(totals)
    for (const total of begin) count.take(0, 1, total, 1)
    const own = new VolumeCount({ ...totals, fellFrom: -1, countedSince: 0 })
    countSteps(own, flat)
    return [own.volume, own.totals]
  }

  test('change neither the volume nor what comes after', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.nat(1_000), { maxLength: 5 }), fc.boolean(), (drawn, begin, isRising) => {
        const flat: number[] = []
        let risen = 0
        for (const [timestamp, { total, date }] of drawn.entries()) {
          risen += isRising ? total : 0
          insertStep(flat, { timestamp, price: 1, total: isRising && total % 10 > 0 ? risen : total, date })
        }
        const thinned = withoutInnerSteps(flat)
        expect(countedOf(thinned, begin)).toEqual(countedOf(flat, begin))
        expect(withoutInnerSteps(thinned)).toEqual(thinned)
      }),
      { numRuns: 2_000 },
    )
  })

  test('of a rise, however long it is, three stay', () => {
    const flat: number[] = []
    for (let n = 0; n < 500; n++) insertStep(flat, { timestamp: n, price: 1, total: n >> 1, date: 1 })
    expect(withoutInnerSteps(flat)).toHaveLength(4 * 4)
  })

  const NOON = Date.UTC(2026, 10, 24, 17)
  const many = 3 * DAY_VOLUME_QUOTES_MAX

  function windowOf(totalAt: (n: number) => number, late: readonly (readonly [ms: number, total: number])[] = []) {
    const driver = createTopologyDriver({ config, rules: [] })
    const give = (timestamp: number, dayVolume: number) =>
      driver.quote({ symbol: 'A', price: 10, timestamp, dayVolume, ingestTime: NOON + 60_000 })
    give(NOON - 60_000, 100)
    for (let n = 0; n < many; n++) give(NOON + n, totalAt(n))
    for (const [ms, total] of late) give(NOON + ms, total)
    const held = driver.state.symbols[0]?.windows.at(-1)?.dayVolume?.steps.length ?? 0
    give(NOON + 60_000, totalAt(many - 1) + 7)
    driver.drain()
    return { held, bars: driver.all.bars.slice(-2).map(({ volume, vwap }) => [volume, vwap]) }
  }

  test('take no memory, and the bar has its volume, in whatever order quotes come, but no vwap', () => {
    const { held, bars } = windowOf((n) => 200 + n)
    expect(held).toBeLessThanOrEqual(DAY_VOLUME_QUOTES_MAX * 4)
    expect(bars).toEqual([
      [100 + many - 1, null],
      [7, 10],
    ])
    const late = [
      [-30_000, 150],
      [100, 300],
      [2_000, 2_150],
    ] as const
    expect(windowOf((n) => 200 + n, late).bars).toEqual([
      [50 + many - 1, null],
      [7, 10],
    ])
  })

  test('leave a volume unknown where more than are kept fall', () => {
    const { held, bars } = windowOf((n) => (n % 2 === 0 ? 1_000 + n : 300))
    expect(held).toBeLessThanOrEqual(DAY_VOLUME_QUOTES_MAX * 4)
    expect(bars[0]).toEqual([null, null])
  })
})
