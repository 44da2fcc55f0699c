// The trading day of a market, and what it does now.

import { describe, expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { tradeDateText } from '#market/session'
import { DAY_MS } from '#runtime/units'
import { MarketStates, marketAt } from '#services/web/sessions/market_states'
import {
  datesStartingIn,
  longestDayStart,
  regularMsOf,
  sessionsOf,
  tradingDayAt,
} from '#services/web/sessions/trading_day'

const calendars = openCalendars({})
const named = (name: string) => calendars.named(name) as Calendar
const XNYS = named('XNYS')
const HOUR = 3_600_000
/** Friday, the day after Thanksgiving: a half day. New York is at -5. */
const FRIDAY = Date.UTC(2026, 10, 27) / DAY_MS
const at = (text: string) => Date.parse(text)

describe('the trading day of XNYS', () => {
  test('goes on through the weekend, until the evening before the next one', () => {
    const day = tradingDayAt(XNYS, at('2026-11-28T12:00:00-05:00'))
    expect(tradeDateText(day.date)).toBe('2026-11-27')
    expect(day.until).toBe(at('2026-11-29T20:00:00-05:00'))
    expect(day.start).toBe(sessionsOf(XNYS, FRIDAY).start)
    expect(day.end).toBe(sessionsOf(XNYS, FRIDAY).end)
    expect(day.end).toBeGreaterThanOrEqual(at('2026-11-27T13:00:00-05:00'))
  })

  test('has as many regular hours as its sessions say', () => {
    expect(regularMsOf(XNYS, FRIDAY)).toBe(3.5 * HOUR)
    expect(regularMsOf(XNYS, FRIDAY + 3)).toBe(6.5 * HOUR)
    expect(regularMsOf(XNYS, FRIDAY + 1)).toBe(0)
  })
})

test.each(['XNYS', '24/7', 'FX', 'CME', 'UTC', 'Asia/Tokyo'])(
  'the days of %s follow each other as their dates do',
  (name) => {
    const calendar = named(name)
    for (let date = FRIDAY - 400; date < FRIDAY + 400; date++) {
      expect(sessionsOf(calendar, date).start).toBeLessThan(sessionsOf(calendar, date + 1).start)
    }
    const range = { from: (FRIDAY - 3) * DAY_MS + 1, to: (FRIDAY + 5) * DAY_MS }
    const { first, end } = datesStartingIn(calendar, range)
    expect(sessionsOf(calendar, first).start).toBeGreaterThanOrEqual(range.from)
    expect(sessionsOf(calendar, first - 1).start).toBeLessThan(range.from)
    expect(sessionsOf(calendar, end).start).toBeGreaterThanOrEqual(range.to)
    expect(sessionsOf(calendar, end - 1).start).toBeLessThan(range.to)
  },
)

test('of all markets the longest day began with Friday on a Sunday, and never after midnight UTC', () => {
  const sunday = at('2026-11-29T12:00:00Z')
  expect(longestDayStart(calendars, sunday)).toBeLessThanOrEqual(sessionsOf(XNYS, FRIDAY).start)
  const wednesday = at('2026-11-25T12:00:00Z')
  expect(longestDayStart(calendars, wednesday)).toBeLessThanOrEqual(at('2026-11-25T00:00:00Z'))
})

describe('a market', () => {
  test('that is closed opens at its next regular hours', () => {
    const state = marketAt(XNYS, at('2026-11-28T12:00:00-05:00'))
    expect(state).toMatchObject({ session: 'none', opensAt: at('2026-11-30T09:30:00-05:00') })
    expect(state.until).toBe(at('2026-11-29T20:00:00-05:00'))
  })

  test('in regular hours opens at no time, and neither does one whose hours are not known', () => {
    expect(marketAt(XNYS, at('2026-11-27T10:00:00-05:00'))).toMatchObject({ session: 'regular', opensAt: null })
    expect(marketAt(named('Asia/Tokyo'), at('2026-11-27T10:00:00-05:00'))).toMatchObject({ opensAt: null })
  })

  test('is told anew when a span is over, and not before', () => {
    const states = new MarketStates()
    states.moveTo(at('2026-11-27T09:00:00-05:00'))
    const [newYork, always] = [states.numberOf(XNYS), states.numberOf(named('24/7'))]
    expect([states.of(newYork).session, states.of(always).session]).toEqual(['pre', 'regular'])
    expect(states.moveTo(at('2026-11-27T09:29:59-05:00')).size).toBe(0)
    expect([...states.moveTo(at('2026-11-27T09:30:00-05:00'))]).toEqual([newYork])
    expect(states.of(newYork).session).toBe('regular')
    expect(states.numberOf(XNYS)).toBe(newYork)
  })
})
