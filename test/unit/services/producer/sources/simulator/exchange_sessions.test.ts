// A simulated market of several exchanges: SIMULATOR_SESSION=exchange.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { METADATA_BYTES_MAX } from '#log/event_log'
import type { Quote } from '#market/quote'
import { tradeDateText } from '#market/session'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { decodePosition, positionEncoder } from '#services/producer/sources/simulator/resume_position'
import { newMarket, simulatedMarket } from '#services/producer/sources/simulator/simulated_market'
import type { TotalFaults } from '#services/producer/sources/simulator/totals'
import type { MarketOptions } from '#services/producer/sources/simulator/venues'
import { calendars, type GivenMarket, marketOptions, takeTurns } from '#support/simulated_markets'

const WORLD = ['AAPL', '0700.HK', '7203.T', 'VOD.L', 'SAP.DE', 'RELIANCE.NS', 'ES=F', 'EURUSD=X', 'BTC-USD', '^GSPC']
const at = (text: string) => Date.parse(text)

/** Quotes from one instant to another, with a turn of each symbol every `roundS` seconds. */
function quotesOf(
  symbols: readonly string[],
  from: string,
  to: string,
  { roundS = 60, ...given }: Asked = {},
): Quote[] {
  const market = marketOptions({ symbols, session: 'exchange', quotesPerSecond: symbols.length / roundS, ...given })
  const startMs = at(from)
  const stepMs = 1000 / market.quotesPerSecond
  const opened = simulatedMarket(market, newMarket(market, { startMs, firstJumpMs: 1e12 }))
  return takeTurns(opened, { count: Math.ceil((at(to) - startMs) / stepMs), timeOf: (turn) => startMs + turn * stepMs })
}

interface Case {
  readonly startMs: number
  readonly roundS: number
  readonly symbols: readonly string[]
  readonly seed: number
  readonly cuts: readonly number[]
  readonly faults: TotalFaults
}

interface Asked extends GivenMarket {
  readonly roundS?: number
}

const spanOf = ({ symbol, exchange, timestamp }: Quote) =>
  calendars.of({ symbol, exchange, zone: null }).spanAt(timestamp)

describe('a market of several exchanges', () => {
  const week = quotesOf(WORLD, '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z', { roundS: 300 })

  test('has quotes in the sessions of each exchange, and says which', () => {
    const stateOf = { overnight: 'OVERNIGHT', pre: 'PRE', regular: 'REGULAR', post: 'POST', none: 'CLOSED' }
    for (const quote of week) {
      const { session } = spanOf(quote)
      expect(session).not.toBe('none')
      expect(quote.marketState).toBe(stateOf[session])
    }
    expect(new Set(week.map(({ symbol }) => symbol))).toEqual(new Set(WORLD))
    const apple = week.filter(({ symbol }) => symbol === 'AAPL')
    expect(new Set(apple.map(({ marketState }) => marketState))).toEqual(
      new Set(['OVERNIGHT', 'PRE', 'REGULAR', 'POST']),
    )
  })

  test('every minute of open hours has its turn, and no other has', () => {
    const bitcoin = week.filter(({ symbol }) => symbol === 'BTC-USD')
    expect(bitcoin.length).toBe((7 * 24 * HOUR_MS) / (5 * MINUTE_MS))
    const regular = (date: string) =>
      week.filter((quote) => quote.symbol === 'AAPL' && quote.marketState === 'REGULAR' && dateOf(quote) === date)
    const dateOf = (quote: Quote) => tradeDateText(spanOf(quote).tradeDate)
    expect(regular('2026-11-25').length).toBe(6.5 * 12)
    expect(regular('2026-11-26').length).toBe(0)
    expect(regular('2026-11-27').length).toBe(3.5 * 12)
  })

  test('volume grows in regular trading alone, by the size; outside it the last total is repeated', () => {
    const totals = new Map<string, Quote>()
    for (const quote of week.filter(({ symbol }) => !['BTC-USD', 'EURUSD=X'].includes(symbol))) {
      const before = totals.get(quote.symbol)
      totals.set(quote.symbol, quote)
      if (before === undefined) continue
      if (quote.marketState !== 'REGULAR') {
        expect([quote.size, quote.dayVolume]).toEqual([null, before.dayVolume])
      } else if (before.marketState === 'REGULAR' && spanOf(before).tradeDate === spanOf(quote).tradeDate) {
        expect((quote.dayVolume as number) - (before.dayVolume as number)).toBe(quote.size)
      } else if (spanOf(before).tradeDate !== spanOf(quote).tradeDate || before.marketState === 'PRE') {
        // The first trade of the day.
        expect(quote.dayVolume).toBe(quote.size)
      }
    }
  })

  test('a currency has no volume, and crypto a total of 24 hours without sizes', () => {
    const of = (wanted: string) => week.filter(({ symbol }) => symbol === wanted)
    for (const { size, dayVolume } of of('EURUSD=X')) expect([size, dayVolume]).toEqual([null, null])
    const totals = of('BTC-USD').map(({ size, dayVolume }) => {
      expect(size).toBe(null)
      return dayVolume as number
    })
    expect(Math.min(...totals) / Math.max(...totals)).toBeGreaterThan(0.95)
  })

  test('the previous close is the last price of regular trading on the day before', () => {
    const apple = week.filter(({ symbol }) => symbol === 'AAPL')
    const lastOf = (day: string) =>
      apple.findLast((quote) => quote.marketState === 'REGULAR' && tradeDateText(spanOf(quote).tradeDate) === day)
        ?.price
    const closesAt = (from: string, to: string) =>
      new Set(apple.filter(({ timestamp: t }) => t >= at(from) && t < at(to)).map(({ previousClose }) => previousClose))
    // From the evening of Tuesday, when the night before Wednesday begins, to the end of Wednesday.
    expect(closesAt('2026-11-25T01:00:00Z', '2026-11-26T01:00:00Z')).toEqual(new Set([lastOf('2026-11-24')]))
    expect(closesAt('2026-11-27T09:00:00Z', '2026-11-27T18:00:00Z')).toEqual(new Set([lastOf('2026-11-25')]))
  })

  test('futures begin their day at 18:00 in New York, also where the clocks have changed', () => {
    const es = quotesOf(['ES=F'], '2026-10-30T12:00:00Z', '2026-11-03T12:00:00Z')
    const firsts = es.filter((quote, i) => i > 0 && (quote.dayVolume as number) < (es[i - 1]?.dayVolume as number))
    expect(firsts.map(({ timestamp }) => new Date(timestamp).toISOString())).toEqual([
      // Sunday evening: the clocks went back in the morning. Nothing was traded since Friday 17:00.
      '2026-11-01T23:00:00.000Z',
      '2026-11-02T23:00:00.000Z',
    ])
    for (const { dayVolume, size } of firsts) expect(dayVolume).toBe(size)
  })

  test('goes on from any state as if it had never stopped, at any rate and time', () => {
    const cases = fc.record({
      startMs: fc.integer({ min: at('2026-10-20T00:00:00Z'), max: at('2026-12-05T00:00:00Z') }),
      roundS: fc.integer({ min: 60, max: 3_600 }),
      symbols: fc.shuffledSubarray(WORLD, { minLength: 1 }),
      seed: fc.nat(),
      cuts: fc.array(fc.nat({ max: 399 }), { minLength: 1, maxLength: 5 }),
      faults: fc.constantFrom({ restart: 0, correction: 0 }, { restart: 0.02, correction: 0.05 }),
    })
    const check = ({ startMs, roundS, symbols, seed, cuts, faults: totalFaults }: Case) => {
      const quotesPerSecond = symbols.length / roundS
      const market = marketOptions({ symbols, session: 'exchange', seed, quotesPerSecond, totalFaults })
      const timeOf = (turn: number) => startMs + (turn * 1000) / quotesPerSecond
      const from = newMarket(market, { startMs, firstJumpMs: 0 })
      const whole = takeTurns(simulatedMarket(market, from), { count: 400, timeOf })
      let state = from
      const parts: Quote[] = []
      for (const cut of [...cuts.toSorted((a, b) => a - b), 400]) {
        const begun = state.count
        const opened = simulatedMarket(market, JSON.parse(JSON.stringify(state)))
        parts.push(...takeTurns(opened, { count: cut - begun, timeOf: (turn) => timeOf(begun + turn) }))
        state = opened.state()
      }
      expect(parts).toEqual(whole)
      expect(state.count - state.passed).toBe(whole.length)
    }
    fc.assert(fc.property(cases, check), { numRuns: 150 })
  })

  test('a state with every exchange, after years at the highest rate, fits where a position is kept', () => {
    const suffixes = `F PA AS BR LS SW MI MC ST HE CO OL TO AX SS VI IR WA PR BD AT IS IC TA SR QA CA JO SA MX BA SN
      KS TW SI KL JK BK NZ`.split(/\s+/)
    const symbols = [...WORLD, ...suffixes.map((suffix) => `A.${suffix}`)]
    const market: MarketOptions = marketOptions({ symbols, session: 'exchange', quotesPerSecond: 1_000_000 })
    const state = newMarket(market, { startMs: at('2026-11-24T12:00:00Z'), firstJumpMs: 0 })
    const far = { start: 99_999_999_999_999, end: 99_999_999_999_999, beforeEnd: 99_999_999_999_999 }
    const full = { ...state, count: far.end, passed: far.end, days: state.days.map((day) => ({ ...day, ...far })) }
    expect(state.days.length).toBeGreaterThan(40)
    const text = positionEncoder(market)(full)
    expect(text.length).toBeLessThan(METADATA_BYTES_MAX)
    expect(decodePosition(text).state).toEqual(full)
  })
})

test('in US hours all symbols are those of a US exchange, and quoted in its regular hours alone', () => {
  const quotes = quotesOf(WORLD, '2026-11-27T00:00:00Z', '2026-11-28T00:00:00Z', { session: 'us' })
  expect(new Set(quotes.map(({ exchange }) => exchange))).toEqual(new Set(['NMS']))
  expect(quotes[0]?.timestamp).toBe(at('2026-11-27T14:30:00Z') as EpochMs)
  expect(quotes.at(-1)?.timestamp).toBeLessThan(at('2026-11-27T18:00:00Z'))
  expect(quotes.length).toBe(3.5 * 60 * WORLD.length)
})
