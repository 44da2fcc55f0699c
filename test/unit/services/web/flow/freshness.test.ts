import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { freshnessOf, occasionalFreshness } from '#services/web/flow/freshness'
import {
  CLOSED_AGE_MS_MAX,
  CLOSED_MISSED_MS_MAX,
  DELAYED_AGE_MS_MAX,
  FRESH_AGE_MS_MAX,
} from '#services/web/flow/limits'
import { type MarketTime, marketTime, saysClosed } from '#services/web/flow/market_time'

const calendars = openCalendars({})
const of = (symbol: string) => calendars.of({ symbol, exchange: null, zone: null })
const instant = (text: string) => Date.parse(text) as EpochMs

/** A Tuesday in New York: open from 14:30 to 21:00. */
const OPEN = instant('2026-11-24T17:00:00Z')
/** The Saturday after Thanksgiving, when New York was last open on Friday from 14:30 to 18:00. */
const WEEKEND = instant('2026-11-28T17:00:00Z')

const newYork = (now: EpochMs) => marketTime({ now, calendars: [of('AAPL')], marketState: null })
/** A market whose hours nobody knows. */
const unknown = (marketState: string | null) => marketTime({ now: OPEN, calendars: [], marketState })

const aged = (ageMs: number, { market = newYork(OPEN), allowanceMs = 0 } = {}) =>
  freshnessOf({ market, newest: (market.now - ageMs) as EpochMs, allowanceMs })

describe('steady data', () => {
  test('is fresh, delayed or stale by its age, to the millisecond', () => {
    expect(aged(FRESH_AGE_MS_MAX)).toBe('fresh')
    expect(aged(FRESH_AGE_MS_MAX + 1)).toBe('delayed')
    expect(aged(DELAYED_AGE_MS_MAX)).toBe('delayed')
    expect(aged(DELAYED_AGE_MS_MAX + 1)).toBe('stale')
  })

  test('is empty before the first', () => {
    expect(freshnessOf({ market: newYork(WEEKEND), newest: null })).toBe('empty')
  })

  test('is fresh when it is new, whatever the market is said to be', () => {
    expect(aged(0, { market: newYork(WEEKEND) })).toBe('fresh')
  })

  test('may be as old as a flow without delay makes it', () => {
    expect(aged(FRESH_AGE_MS_MAX + MINUTE_MS, { allowanceMs: MINUTE_MS })).toBe('fresh')
    expect(aged(FRESH_AGE_MS_MAX + MINUTE_MS + 1, { allowanceMs: MINUTE_MS })).toBe('delayed')
  })

  test('is closed with its market, by night, over the weekend and on holidays', () => {
    const said = (now: string, newest: string) =>
      freshnessOf({ market: newYork(instant(now)), newest: instant(newest) })
    expect(said('2026-11-25T03:00:00Z', '2026-11-24T20:59:59Z')).toBe('closed')
    expect(said('2026-11-26T17:00:00Z', '2026-11-25T20:59:59Z')).toBe('closed')
    expect(said('2026-11-28T17:00:00Z', '2026-11-27T17:59:59Z')).toBe('closed')
    // Before and after regular hours nothing has to come.
    expect(said('2026-11-24T14:29:59Z', '2026-11-24T13:00:00Z')).toBe('closed')
    expect(said('2026-11-24T22:00:00Z', '2026-11-24T21:05:00Z')).toBe('closed')
  })

  test('is stale by night, too, when open hours were missed', () => {
    const closing = instant('2026-11-27T18:00:00Z')
    const missing = (ms: number) => freshnessOf({ market: newYork(WEEKEND), newest: (closing - ms) as EpochMs })
    expect(missing(CLOSED_MISSED_MS_MAX)).toBe('closed')
    expect(missing(CLOSED_MISSED_MS_MAX + 1)).toBe('stale')
  })

  test('is counted from the opening: what is from before it has missed nothing', () => {
    const opening = instant('2026-11-24T14:30:00Z')
    const said = (afterMs: number) =>
      freshnessOf({ market: newYork((opening + afterMs) as EpochMs), newest: instant('2026-11-23T20:59:50Z') })
    expect(said(FRESH_AGE_MS_MAX - 10_000)).toBe('closed')
    expect(said(FRESH_AGE_MS_MAX)).toBe('delayed')
    expect(said(DELAYED_AGE_MS_MAX)).toBe('stale')
  })

  test('is closed only when no followed market is open, and goes by the one that was open longest', () => {
    const now = instant('2026-11-25T02:00:00Z')
    const followed = (symbols: string[]) => marketTime({ now, calendars: symbols.map(of), marketState: 'CLOSED' })
    const newest = instant('2026-11-24T20:59:59Z')
    expect(freshnessOf({ market: followed(['AAPL']), newest })).toBe('closed')
    expect(freshnessOf({ market: followed(['AAPL', 'BTC-USD']), newest })).toBe('stale')
  })

  test('of a market whose hours nobody knows goes by what its quotes say, for four days', () => {
    expect(aged(DELAYED_AGE_MS_MAX + 1, { market: unknown('REGULAR') })).toBe('stale')
    expect(aged(DELAYED_AGE_MS_MAX + 1, { market: unknown('CLOSED') })).toBe('closed')
    expect(aged(CLOSED_AGE_MS_MAX, { market: unknown('CLOSED') })).toBe('closed')
    expect(aged(CLOSED_AGE_MS_MAX + 1, { market: unknown('CLOSED') })).toBe('stale')
    const zone = calendars.of({ symbol: 'X.WHO', exchange: 'WHO', zone: 'Australia/Darwin' })
    const market = marketTime({ now: OPEN, calendars: [zone], marketState: 'POSTPOST' })
    expect(aged(DELAYED_AGE_MS_MAX + 1, { market })).toBe('closed')
  })

  test('never becomes fresher as it grows older', () => {
    const order = ['fresh', 'closed', 'delayed', 'stale']
    const markets: MarketTime[] = [newYork(OPEN), newYork(WEEKEND), unknown('REGULAR'), unknown('CLOSED')]
    fc.assert(
      fc.property(
        fc.nat(10 * CLOSED_AGE_MS_MAX),
        fc.nat(CLOSED_AGE_MS_MAX),
        fc.constantFrom(...markets),
        (age, more, market) => {
          const [younger, older] = [aged(age, { market }), aged(age + more, { market })]
          expect(order.indexOf(older)).toBeGreaterThanOrEqual(order.indexOf(younger))
        },
      ),
    )
  })
})

describe('occasional data', () => {
  test('is as fresh as the quotes that it would be made of', () => {
    for (const quotes of ['fresh', 'delayed', 'stale', 'closed', 'unavailable'] as const) {
      expect(occasionalFreshness({ isEmpty: false, quotes, lagMs: 0 })).toBe(quotes)
      expect(occasionalFreshness({ isEmpty: false, quotes, lagMs: null })).toBe(quotes)
    }
  })

  test('is older when whoever makes it is behind', () => {
    const lagging = (lagMs: number) => occasionalFreshness({ isEmpty: false, quotes: 'fresh', lagMs })
    expect(lagging(FRESH_AGE_MS_MAX)).toBe('fresh')
    expect(lagging(FRESH_AGE_MS_MAX + 1)).toBe('delayed')
    expect(lagging(HOUR_MS)).toBe('stale')
    expect(occasionalFreshness({ isEmpty: false, quotes: 'unavailable', lagMs: HOUR_MS })).toBe('unavailable')
  })

  test('is empty when there is none', () => {
    expect(occasionalFreshness({ isEmpty: true, quotes: 'fresh', lagMs: 0 })).toBe('empty')
  })
})

test('a market is closed by night and around it, and not before and after its hours', () => {
  expect(['CLOSED', 'PREPRE', 'POSTPOST', 'closed'].map(saysClosed)).toEqual([true, true, true, true])
  expect(['REGULAR', 'PRE', 'POST', '', null].map(saysClosed)).toEqual([false, false, false, false, false])
})
