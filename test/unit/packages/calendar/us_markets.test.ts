// Sessions and trade dates of the United States: stocks, futures, foreign exchange; and crypto. Times are UTC.

import { describe, expect, test } from 'vitest'
import type { Calendar, MarketSpan } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { openTimeBetween, openTimeExceeds } from '#calendar/session_time'
import { parseTradeDate, tradeDateText } from '#market/session'
import { HOUR_MS, MINUTE_MS } from '#runtime/units'

const calendars = openCalendars({})
const named = (name: string) => calendars.named(name) as Calendar
const [xnys, cme, fx, crypto] = ['XNYS', 'CME', 'FX', '24/7'].map(named) as [Calendar, Calendar, Calendar, Calendar]

const dateOf = (text: string) => parseTradeDate(text) as number
const shown = ({ session, tradeDate }: MarketSpan) => `${session} ${tradeDateText(tradeDate)}`
const at = (calendar: Calendar, instant: string) => shown(calendar.spanAt(Date.parse(instant)))

/** As `regular 14:30-21:00`, in UTC. */
function spansOf(calendar: Calendar, date: string): string[] {
  const time = (instant: number) => new Date(instant).toISOString().slice(11, 16)
  return calendar.spansOf(dateOf(date)).map(({ start, end, session }) => `${session} ${time(start)}-${time(end)}`)
}

describe('stocks', () => {
  test.each([
    ['2026-11-25', ['overnight 01:00-09:00', 'pre 09:00-14:30', 'regular 14:30-21:00', 'post 21:00-01:00']],
    ['2026-11-26', []],
    ['2026-11-27', ['overnight 01:00-09:00', 'pre 09:00-14:30', 'regular 14:30-18:00', 'post 18:00-22:00']],
    ['2026-11-28', []],
  ])('on %s', (date, spans) => expect(spansOf(xnys, date)).toEqual(spans))

  test('keep New York time when clocks change', () => {
    expect(spansOf(xnys, '2026-03-06')[2]).toBe('regular 14:30-21:00')
    expect(spansOf(xnys, '2026-03-09')[2]).toBe('regular 13:30-20:00')
    expect(spansOf(xnys, '2026-10-30')[2]).toBe('regular 13:30-20:00')
    expect(spansOf(xnys, '2026-11-02')[2]).toBe('regular 14:30-21:00')
  })

  test.each([
    ['2026-11-27T14:29:59.999Z', 'pre 2026-11-27'],
    ['2026-11-27T14:30:00Z', 'regular 2026-11-27'],
    ['2026-11-27T17:59:59.999Z', 'regular 2026-11-27'],
    ['2026-11-27T18:00:00Z', 'post 2026-11-27'],
    ['2026-11-27T22:00:00Z', 'none 2026-11-27'],
    ['2026-11-29T12:00:00Z', 'none 2026-11-27'],
    ['2026-11-30T01:00:00Z', 'overnight 2026-11-30'],
    ['2026-12-01T00:59:59.999Z', 'post 2026-11-30'],
    ['2026-12-01T01:00:00Z', 'overnight 2026-12-01'],
    ['2026-11-26T02:00:00Z', 'none 2026-11-25'],
    ['2001-09-12T15:00:00Z', 'none 2001-09-10'],
  ])('at %s: %s', (instant, session) => expect(at(xnys, instant)).toBe(session))

  const closedIn = (year: number) =>
    weekdaysOf(year)
      .filter((date) => xnys.spansOf(date).length === 0)
      .map((date) => tradeDateText(date).slice(5))
  const halfDaysIn = (year: number) =>
    weekdaysOf(year)
      .filter((date) =>
        xnys.spansOf(date).some(({ session, start, end }) => session === 'regular' && end - start < 6 * HOUR_MS),
      )
      .map((date) => tradeDateText(date).slice(5))

  test('are closed, and close early, on the days that the exchange has published', () => {
    const closed = ['01-01', '01-18', '02-15', '03-26', '05-31', '06-18', '07-05', '09-06', '11-25', '12-24']
    expect(closedIn(2027)).toEqual(closed)
    expect(halfDaysIn(2027)).toEqual(['11-26'])
    expect(closedIn(2028)).toEqual(['01-17', '02-21', '04-14', '05-29', '06-19', '07-04', '09-04', '11-23', '12-25'])
    expect(halfDaysIn(2028)).toEqual(['07-03', '11-24'])
  })

  test('have days beyond them that are provisional', () => {
    expect(xnys.isProvisional(dateOf('2028-12-29'))).toBe(false)
    expect(xnys.isProvisional(dateOf('2029-01-02'))).toBe(true)
  })
})

function weekdaysOf(year: number): number[] {
  const first = dateOf(`${year}-01-01`)
  const dates = Array.from({ length: dateOf(`${year + 1}-01-01`) - first }, (_, i) => first + i)
  return dates.filter((date) => ![0, 6].includes(new Date(date * 24 * HOUR_MS).getUTCDay()))
}

test.each([
  ['Sunday 18:00 is Monday', '2026-11-29T23:00:00Z', 'regular 2026-11-30'],
  ['a minute before is still Friday', '2026-11-29T22:59:00Z', 'none 2026-11-27'],
  ['the hour from 17:00', '2026-11-30T22:30:00Z', 'none 2026-11-30'],
  ['18:00 is the next date', '2026-11-30T23:00:00Z', 'regular 2026-12-01'],
  ['Thanksgiving, which stops at 13:00', '2026-11-26T18:00:00Z', 'none 2026-11-26'],
  ['its evening is Friday', '2026-11-26T23:00:00Z', 'regular 2026-11-27'],
  ['Sunday evening, hours after clocks went forward', '2026-03-08T22:00:00Z', 'regular 2026-03-09'],
])('futures: %s', (_, instant, session) => expect(at(cme, instant)).toBe(session))

test.each([
  ['Friday 16:59', '2026-11-27T21:59:00Z', 'regular 2026-11-27'],
  ['Friday 17:00', '2026-11-27T22:00:00Z', 'none 2026-11-27'],
  ['Sunday 16:59', '2026-11-29T21:59:00Z', 'none 2026-11-27'],
  ['Sunday 17:00', '2026-11-29T22:00:00Z', 'regular 2026-11-30'],
  ['Monday 17:00', '2026-11-30T22:00:00Z', 'regular 2026-12-01'],
])('foreign exchange: %s', (_, instant, session) => expect(at(fx, instant)).toBe(session))

test('crypto has days of UTC, and totals of which no volume can be told', () => {
  expect(at(crypto, '2026-11-28T23:59:59.999Z')).toBe('regular 2026-11-28')
  expect(at(crypto, '2026-11-29T00:00:00Z')).toBe('regular 2026-11-29')
  expect([crypto, xnys, cme, fx].map(({ totals }) => totals)).toEqual([
    'rolling',
    'trading_day',
    'trading_day',
    'trading_day',
  ])
})

describe('over a stretch of time', () => {
  const open = (from: string, to: string) => openTimeBetween(xnys, Date.parse(from), Date.parse(to))

  test('the open time is that of the regular sessions in it', () => {
    expect(open('2026-11-27T14:00:00Z', '2026-11-27T14:31:00Z')).toBe(MINUTE_MS)
    expect(open('2026-11-25T20:59:00Z', '2026-11-27T14:31:00Z')).toBe(2 * MINUTE_MS)
    expect(open('2026-11-27T15:00:00Z', '2026-11-27T15:00:00Z')).toBe(0)
    expect(open('2026-11-27T15:00:00Z', '2026-11-27T14:00:00Z')).toBe(0)
    expect(open('2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z')).toBe((3 * 6.5 + 3.5) * HOUR_MS)
  })

  test('the open time is none between sessions, before them and after them', () => {
    expect(open('2026-11-27T13:00:00Z', '2026-11-27T14:00:00Z')).toBe(0)
    expect(open('2026-11-28T13:00:00Z', '2026-11-29T14:00:00Z')).toBe(0)
    expect(open('2026-11-27T18:00:00Z', '2026-11-27T18:01:00Z')).toBe(0)
  })

  test('whether it exceeds a limit is told without counting all of it', () => {
    const exceeds = (from: string, to: string, limitMs: number) =>
      openTimeExceeds(xnys, { from: Date.parse(from), to: Date.parse(to), limitMs })
    expect(exceeds('2026-11-25T20:59:00Z', '2026-11-27T14:31:00Z', 2 * MINUTE_MS - 1)).toBe(true)
    expect(exceeds('2026-11-25T20:59:00Z', '2026-11-27T14:31:00Z', 2 * MINUTE_MS)).toBe(false)
    expect(exceeds('2026-11-27T14:00:00Z', '2026-11-27T14:31:00Z', MINUTE_MS - 1)).toBe(true)
    expect(exceeds('2026-11-27T15:00:00Z', '2026-11-27T14:00:00Z', 0)).toBe(false)
    let asked = 0
    const spansOf = (date: number) => {
      asked++
      return xnys.spansOf(date)
    }
    const counted: Calendar = { ...xnys, spanAt: (at) => xnys.spanAt(at), spansOf, isProvisional: () => false }
    expect(openTimeExceeds(counted, { from: 0, to: Date.UTC(2026, 0), limitMs: HOUR_MS })).toBe(true)
    expect(asked).toBeLessThan(10)
  })
})
