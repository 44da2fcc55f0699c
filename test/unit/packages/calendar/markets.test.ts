// Exchanges outside the United States: their hours over the year, lunch breaks, half days and holidays. The oracle for
// every day of two decades is test/interop/calendars.test.ts; here is what must hold without it.

import { describe, expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { weekdayOf } from '#calendar/civil_date'
import { parseTradeDate, tradeDateText } from '#market/session'
import { HOUR_MS } from '#runtime/units'

const calendars = openCalendars({})
const named = (name: string) => calendars.named(name) as Calendar
const dateOf = (text: string) => parseTradeDate(text) as number

const clockOf = ({ zone }: Calendar) => new Intl.DateTimeFormat('sv', { timeZone: zone, timeStyle: 'short' })

/** As `08:00-16:30`, in the time of the exchange; lunch breaks are gaps between two of them. */
function regularOn(name: string, date: string): string {
  const clock = clockOf(named(name))
  const regular = named(name)
    .spansOf(dateOf(date))
    .filter(({ session }) => session === 'regular')
  return regular.map(({ start, end }) => `${clock.format(start)}-${clock.format(end)}`).join(' ')
}

test.each([
  ['XLON', '2026-11-27', '08:00-16:30'],
  ['XLON', '2026-12-24', '08:00-12:30'],
  ['XLON', '2027-12-24', '08:00-12:30'],
  ['XLON', '2026-12-28', ''],
  ['XLON', '2022-06-03', ''],
  ['XETR', '2026-11-27', '09:00-17:30'],
  ['XETR', '2026-12-30', '09:00-14:00'],
  ['XETR', '2026-12-24', ''],
  ['XFRA', '2026-11-27', '08:00-22:00'],
  ['XPAR', '2026-12-24', '09:00-14:05'],
  ['XLIS', '2026-11-27', '08:00-16:30'],
  ['XSWX', '2026-05-14', ''],
  ['XMIL', '2025-08-15', ''],
  ['XMAD', '2026-12-31', '09:00-14:00'],
  ['XSTO', '2026-06-19', ''],
  ['XHEL', '2026-11-27', '10:00-18:30'],
  ['XCSE', '2024-04-26', '09:00-17:00'],
  ['XCSE', '2023-05-05', ''],
  ['XOSL', '2026-04-01', '09:00-13:00'],
  ['XTSE', '2026-12-24', '09:30-13:00'],
  ['XTSE', '2026-05-18', ''],
  ['XASX', '2026-12-24', '10:00-14:10'],
  ['XASX', '2026-01-26', ''],
  ['XTKS', '2024-11-01', '09:00-11:30 12:30-15:00'],
  ['XTKS', '2024-11-05', '09:00-11:30 12:30-15:30'],
  ['XTKS', '2026-09-22', ''],
  ['XTKS', '2025-05-06', ''],
  ['XHKG', '2026-11-27', '09:30-12:00 13:00-16:00'],
  ['XHKG', '2011-03-04', '10:00-12:00 13:00-16:00'],
  ['XHKG', '2026-02-16', '09:30-12:00'],
  ['XHKG', '2026-04-07', ''],
  ['XSHG', '2026-11-27', '09:30-11:30 13:00-15:00'],
  ['XSHG', '2026-10-01', ''],
  ['XNSE', '2026-11-27', '09:15-15:30'],
  ['XNSE', '2026-01-26', ''],
  ['XNSE', '2026-02-01', '09:15-15:30'],
])('%s on %s: %s', (name, date, hours) => expect(regularOn(name, date)).toBe(hours))

describe.each(calendars.all.filter(({ name }) => !['24/7', 'FX', 'CME', 'SIM'].includes(name)))('$name', (calendar) => {
  const dates = Array.from({ length: dateOf('2035-01-01') - dateOf('2015-01-01') }, (_, i) => dateOf('2015-01-01') + i)
  const trading = dates.filter((date) => calendar.spansOf(date).length > 0)

  test('opens at the same local time on the days around each change of clocks', () => {
    const clock = clockOf(calendar)
    const opening = (date: number) =>
      calendar.spansOf(date).find(({ session }) => session === 'regular')?.start ?? Number.NaN
    expect(new Set(trading.map((date) => clock.format(opening(date)))).size).toBe(1)
    const changes = trading.filter((date, i) => {
      const before = trading[i - 1]
      return before !== undefined && (opening(date) - opening(before)) % (24 * HOUR_MS) !== 0
    })
    const [winter, summer] = ['2026-01-15T12:00Z', '2026-07-15T12:00Z'].map((at) => clock.format(Date.parse(at)))
    expect(changes.length).toBe(winter === summer ? 0 : 40)
  })

  test('trades on about 250 days a year, and on no Sunday but by exception', () => {
    for (let year = 2015; year < 2034; year++) {
      const days = trading.filter((date) => tradeDateText(date).startsWith(String(year))).length
      expect([year, days > 238 && days < 262]).toEqual([year, true])
    }
    const sundays = trading.filter((date) => weekdayOf(date) === 0).map(tradeDateText)
    expect(sundays).toEqual(calendar.name === 'XNSE' ? ['2026-02-01'] : [])
  })

  test('is provisional in years to come', () => {
    expect(calendar.isProvisional(dateOf('2026-12-31'))).toBe(false)
    expect(calendar.isProvisional(dateOf('2030-01-01'))).toBe(true)
  })
})
