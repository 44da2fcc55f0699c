import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { silenceMs } from '#services/stream/state/market_times'

const calendars = openCalendars({})
const of = (symbol: string) => calendars.of({ symbol, exchange: null, zone: null })
const minutes = (symbol: string, newest: string, now: string) => {
  const ms = silenceMs(of(symbol), Date.parse(newest), Date.parse(now))
  return ms === null ? null : ms / 60_000
}

describe('the silence of a market', () => {
  test('is the time since the newest event while it is open', () => {
    expect(minutes('AAPL', '2026-11-24T16:00:00Z', '2026-11-24T16:07:00Z')).toBe(7)
    expect(minutes('AAPL', '2026-11-24T16:08:00Z', '2026-11-24T16:07:00Z')).toBe(0)
  })

  test('is none by night, on holidays, at the weekend, and before and after regular hours', () => {
    for (const now of ['2026-11-25T03:00Z', '2026-11-26T17:00Z', '2026-11-28T17:00Z', '2026-11-25T14:29:59Z']) {
      expect(minutes('AAPL', '2026-11-24T20:59:00Z', now)).toBe(null)
    }
    // The half day after Thanksgiving ends at 18:00.
    expect(minutes('AAPL', '2026-11-27T17:59:00Z', '2026-11-27T18:00:00Z')).toBe(null)
  })

  test('begins with the opening', () => {
    expect(minutes('AAPL', '2026-11-24T20:00:00Z', '2026-11-25T14:36:00Z')).toBe(6)
    expect(minutes('7203.T', '2026-11-27T02:29:00Z', '2026-11-27T03:32:00Z')).toBe(2)
  })

  test('goes on over midnight where a market never closes, or only at weekends', () => {
    expect(minutes('BTC-USD', '2026-11-28T23:50:00Z', '2026-11-29T00:10:00Z')).toBe(20)
    expect(minutes('EURUSD=X', '2026-11-24T21:50:00Z', '2026-11-24T22:10:00Z')).toBe(20)
    expect(minutes('EURUSD=X', '2026-11-27T21:50:00Z', '2026-11-29T22:10:00Z')).toBe(10)
  })

  test('is told for a week', () => {
    expect(minutes('BTC-USD', '2026-11-21T00:00:00Z', '2026-11-28T00:00:00Z')).toBe(7 * 24 * 60)
    expect(minutes('BTC-USD', '2026-11-20T23:59:00Z', '2026-11-28T00:00:00Z')).toBe(null)
  })

  test('is not known of a market whose hours nobody knows', () => {
    const market = calendars.of({ symbol: 'X', exchange: null, zone: 'Australia/Darwin' })
    expect(market.hasHours).toBe(false)
    expect(silenceMs(market, 0, 1_000)).toBe(null)
  })
})
