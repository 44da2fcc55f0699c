import { describe, expect, test } from 'vitest'
import type { Calendar, MarketSpan } from '#calendar/calendar'
import { type Session, tradeDateText } from '#market/session'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { firstDay, lastTurn, openVenue, type VenueDay } from '#services/producer/sources/simulator/venue'
import { calendars } from '#support/simulated_markets'

const at = (text: string) => Date.parse(text)
const newYork = calendars.named('XNYS') as Calendar
const exchange = { calendar: newYork, isExtended: true }

/** A market whose days have a lunch break: 0 to 2, 3 to 5 o'clock of UTC. */
const withLunch: Calendar = {
  name: 'lunch',
  zone: 'UTC',
  totals: 'trading_day',
  hasHours: true,
  spanAt(instant) {
    const date = Math.floor(instant / (24 * HOUR_MS))
    const all = spansOf(date)
    return all.find((span) => instant < span.end) as MarketSpan
  },
  spansOf: (date) => spansOf(date).filter(({ session }) => session !== 'none'),
  isProvisional: () => false,
}

function spansOf(date: number): MarketSpan[] {
  const span = (from: number, to: number, session: Session): MarketSpan => ({
    start: ((date * 24 + from) * HOUR_MS) as EpochMs,
    end: ((date * 24 + to) * HOUR_MS) as EpochMs,
    session,
    tradeDate: date,
  })
  return [span(0, 2, 'regular'), span(2, 3, 'none'), span(3, 5, 'regular'), span(5, 24, 'none')]
}

describe('a venue', () => {
  test('quotes in the sessions around the regular one, or not', () => {
    const sessionsOf = (isExtended: boolean) =>
      ['03:00', '08:59', '09:00', '14:29', '14:30', '20:59', '21:00', '23:30'].map((time, count) =>
        openVenue({ calendar: newYork, isExtended }, FRESH, 1).sessionAt(at(`2026-11-24T${time}:00Z`), count),
      )
    expect(sessionsOf(true)).toEqual(['overnight', 'overnight', 'pre', 'pre', 'regular', 'regular', 'post', 'post'])
    expect(sessionsOf(false)).toEqual([null, null, null, null, 'regular', 'regular', null, null])
  })

  test('a day begins with its regular trading, and ends with it; a half day at 13:00', () => {
    const venue = openVenue(exchange, FRESH, 1)
    const dayAt = (time: string, count: number) => {
      venue.sessionAt(at(time), count)
      const { date, ...rest } = venue.day()
      return { date: tradeDateText(date), ...rest }
    }
    dayAt('2026-11-25T15:00:00Z', 0)
    expect(dayAt('2026-11-25T20:59:59Z', 70)).toMatchObject({ date: '2026-11-25', start: 0, end: null })
    expect(dayAt('2026-11-25T21:00:00Z', 77)).toMatchObject({ date: '2026-11-25', start: 0, end: 77 })
    // Thanksgiving, and the night before the half day.
    expect(venue.sessionAt(at('2026-11-26T16:00:00Z'), 80)).toBe(null)
    expect(dayAt('2026-11-27T14:29:59Z', 90)).toMatchObject({ date: '2026-11-25', end: 77 })
    expect([venue.closedAt(90), venue.endAt(90)]).toEqual([77, 77])
    expect(dayAt('2026-11-27T17:59:59Z', 99)).toMatchObject({ date: '2026-11-27', start: 99, end: null, beforeEnd: 77 })
    expect(dayAt('2026-11-27T18:00:00Z', 120)).toMatchObject({ date: '2026-11-27', start: 99, end: 120 })
  })

  test('after a pause the broken round is ended first, and the turns that passed in it are not counted', () => {
    const venue = openVenue({ calendar: withLunch, isExtended: true }, { ...FRESH, date: 0 }, 4)
    const turn = (hours: number, count: number) => venue.sessionAt(hours * HOUR_MS, count) !== null
    const day = 24 * 20_000
    expect([turn(day, 100), turn(day + 1.9, 109), turn(day + 2, 110), turn(day + 2.9, 120)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(venue.day()).toMatchObject({ start: 100, end: 110 })
    // The symbols of turns 102, 106, 110 ... were next.
    expect([121, 122].map((count) => turn(day + 3, count))).toEqual([false, true])
    expect(venue.day()).toMatchObject({ start: 112, end: null })
    const resumed = openVenue({ calendar: withLunch, isExtended: true }, venue.day(), 4)
    expect(resumed.sessionAt((day + 3.1) * HOUR_MS, 123)).toBe('regular')
    expect(resumed.day()).toEqual(venue.day())
  })

  test('is opened on a day as if it had traded before', () => {
    const turnsPerMs = 1 / 1000
    const startAt = (time: string) => {
      const { date, ...rest } = firstDay(exchange, { at: at(time), turnsPerMs })
      return { date: tradeDateText(date), ...rest }
    }
    expect(startAt('2026-11-27T15:30:00Z')).toEqual({ date: '2026-11-27', start: -3600, end: null, beforeEnd: -3600 })
    expect(startAt('2026-11-27T18:30:00Z')).toEqual({ date: '2026-11-27', start: -12_600, end: 0, beforeEnd: -12_600 })
    // Ahead of the opening the day before is the newest: behind a holiday it is Wednesday.
    expect(startAt('2026-11-27T12:00:00Z')).toMatchObject({ date: '2026-11-25', start: -23_400, end: 0 })
    expect(startAt('2026-11-29T12:00:00Z')).toMatchObject({ date: '2026-11-27', start: -12_600, end: 0 })
    const lunch = firstDay({ calendar: withLunch, isExtended: true }, { at: 2.5 * HOUR_MS, turnsPerMs })
    expect(lunch).toEqual({ date: 0, start: -7200, end: 0, beforeEnd: -7200 })
  })

  test('days are as long as their hours on days of a clock change', () => {
    // 2026-11-01: from 00:00 to 24:00 in New York are 25 hours.
    const civil = calendars.of({ symbol: 'AAPL', exchange: 'SIM', zone: null })
    const { start } = firstDay(
      { calendar: civil, isExtended: false },
      {
        at: at('2026-11-02T04:59:00Z'),
        turnsPerMs: 1 / MINUTE_MS,
      },
    )
    expect(start).toBe(-(25 * 60 - 1))
  })
})

test('the last turn of a symbol before a count, also before the beginning', () => {
  const last = (before: number, index: number) => lastTurn(before, { index, symbols: 3 })
  expect([last(9, 0), last(9, 2), last(8, 2), last(0, 0), last(0, 2), last(-4, 1)]).toEqual([6, 8, 5, -3, -1, -5])
})

const FRESH: VenueDay = { date: 20_000, start: -10, end: -5, beforeEnd: -10 }
