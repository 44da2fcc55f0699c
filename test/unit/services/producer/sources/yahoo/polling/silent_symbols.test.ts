import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { quoteOf } from '#market/quote'
import { virtualClock } from '#runtime/clock'
import { epochMs, MINUTE_MS, SECOND_MS } from '#runtime/units'
import { REFERENCE_EVERY_MS, SILENT_SYMBOL_AFTER_MS, YAHOO_CLOSED_POLL_MS } from '#services/producer/limits'
import { type FollowedSymbol, followSymbols } from '#services/producer/sources/yahoo/followed_symbols'
import { isDue } from '#services/producer/sources/yahoo/polling/silent_symbols'

/** Fridays in New York: 10:31, the opening, and 21:00. */
const OPEN = Date.UTC(2026, 9, 2, 14, 31)
const OPENING = Date.UTC(2026, 9, 2, 13, 30)
const NIGHT = Date.UTC(2026, 9, 3, 1)
const POLL_MS = 15_000

/** A symbol that was polled at `now`, and the rest until it is polled again. */
function restAfter(
  now: number,
  given: Partial<FollowedSymbol> & { readonly isConnected?: boolean; state?: string } = {},
) {
  const { isConnected = true, state, ...facts } = given
  const clock = virtualClock(now - 10 * 60 * MINUTE_MS)
  const followed = followSymbols(['AAPL'], { calendars: openCalendars({}), clock }).get('AAPL') as FollowedSymbol
  const row =
    state === undefined
      ? null
      : { ...quoteOf({ symbol: 'AAPL', price: 1, timestamp: epochMs(now) }), marketState: state }
  Object.assign(followed, { row, askedAt: now, tickAt: now, ...facts })
  for (let ms = 0; ms <= REFERENCE_EVERY_MS; ms += SECOND_MS) {
    // One that ticks goes on ticking.
    if (facts.tickAt === undefined) followed.tickAt = now + ms
    if (isDue(followed, { now: now + ms, pollIntervalMs: POLL_MS, isConnected })) return ms
  }
  return null
}

describe('a symbol is polled', () => {
  test('at once when it never was', () => {
    expect(restAfter(OPEN, { askedAt: Number.NEGATIVE_INFINITY })).toBe(0)
  })

  test('every 5 minutes while it ticks', () => {
    expect(restAfter(OPEN)).toBe(REFERENCE_EVERY_MS)
  })

  test('at the poll interval when it is silent in open hours', () => {
    expect(restAfter(OPEN, { tickAt: OPEN - MINUTE_MS })).toBe(POLL_MS)
    expect(restAfter(OPEN, { tickAt: OPEN - MINUTE_MS, askedAt: OPEN - POLL_MS })).toBe(0)
  })

  test('only once its silence is long enough, counted from the opening', () => {
    const silentSince = { tickAt: OPENING - 60 * MINUTE_MS, askedAt: OPENING - MINUTE_MS }
    expect(restAfter(OPENING, silentSince)).toBe(SILENT_SYMBOL_AFTER_MS)
  })

  test('at the poll interval while its connection is out, though it ticked just now', () => {
    expect(restAfter(OPEN, { isConnected: false })).toBe(POLL_MS)
  })

  test('every minute while its connection is out and its market is closed', () => {
    expect(restAfter(NIGHT, { isConnected: false, tickAt: OPEN })).toBe(YAHOO_CLOSED_POLL_MS)
  })

  test('every 5 minutes while its market is closed', () => {
    expect(restAfter(NIGHT, { tickAt: OPEN })).toBe(REFERENCE_EVERY_MS)
  })

  test('every minute where its row says closed in hours that the calendar calls open', () => {
    expect(restAfter(OPEN, { tickAt: OPEN - MINUTE_MS, state: 'CLOSED' })).toBe(YAHOO_CLOSED_POLL_MS)
  })

  test('at the poll interval where its row says open in hours that the calendar calls closed', () => {
    expect(restAfter(NIGHT, { tickAt: OPEN, state: 'REGULAR' })).toBe(POLL_MS)
  })

  test('a little earlier or later, so that many spread out', () => {
    expect(restAfter(OPEN, { isConnected: false, jitter: 1 })).toBe(17 * SECOND_MS)
    expect(restAfter(OPEN, { isConnected: false, jitter: -1 })).toBe(14 * SECOND_MS)
  })
})
