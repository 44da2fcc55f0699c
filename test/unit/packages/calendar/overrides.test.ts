// Calendars that a file changes or makes: what it may say, what that comes to, and that all of its errors are listed.

import { describe, expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { learnedHours } from '#calendar/learned_hours'
import { readOverrides } from '#calendar/override_file'
import { parseTradeDate, tradeDateText } from '#market/session'
import { HOUR_MS, MINUTE_MS } from '#runtime/units'

const dateOf = (text: string) => parseTradeDate(text) as number

function opened(calendars: Readonly<Record<string, unknown>>) {
  const reading = readOverrides(JSON.stringify({ calendars }))
  if (reading.kind === 'faults') throw new Error(reading.faults.join('\n'))
  return openCalendars({ overrides: reading.overrides })
}

function faultsOf(calendars: unknown): readonly string[] {
  const reading = readOverrides(JSON.stringify({ calendars }))
  return reading.kind === 'faults' ? reading.faults : []
}

/** All sessions of a date, in the market's own time. */
function hoursOn(calendar: Calendar | undefined, date: string): string[] {
  if (calendar === undefined) throw new Error('there is no such calendar')
  const clock = new Intl.DateTimeFormat('sv', { timeZone: calendar.zone, timeStyle: 'short' })
  return calendar
    .spansOf(dateOf(date))
    .map(({ session, start, end }) => `${session} ${clock.format(start)}-${clock.format(end)}`)
}

describe('a calendar that there is', () => {
  const calendars = opened({
    XNYS: {
      holidays: ['2027-06-15'],
      halfDays: { '2027-12-23': '12:30' },
      sessions: { '2027-05-01': { regular: ['10:00-12:00'] } },
    },
    XTKS: { halfDays: { '2027-12-30': '11:00' } },
  })

  test('is closed on more days', () => expect(hoursOn(calendars.named('XNYS'), '2027-06-15')).toEqual([]))

  test('closes earlier, and what follows begins earlier', () => {
    const early = ['overnight 20:00-04:00', 'pre 04:00-09:30', 'regular 09:30-12:30', 'post 12:30-16:30']
    expect(hoursOn(calendars.named('XNYS'), '2027-12-23')).toEqual(early)
    expect(hoursOn(calendars.named('XTKS'), '2027-12-30')).toEqual([
      'pre 08:00-09:00',
      'regular 09:00-11:00',
      'post 11:00-13:00',
    ])
  })

  test('trades on another day', () =>
    expect(hoursOn(calendars.named('XNYS'), '2027-05-01')).toEqual(['regular 10:00-12:00']))

  test('is otherwise as it was, and so are the others', () => {
    const before = openCalendars({})
    expect(hoursOn(calendars.named('XNYS'), '2027-06-16')).toEqual(hoursOn(before.named('XNYS'), '2027-06-16'))
    expect(calendars.all.map(({ name }) => name)).toEqual(before.all.map(({ name }) => name))
    expect(calendars.of({ symbol: 'AAPL', exchange: 'NMS', zone: null }).name).toBe('XNYS')
  })

  test('tells by its settings that it is another', () => {
    const settings = [
      openCalendars({}),
      calendars,
      opened({ XNYS: { holidays: ['2027-06-16'] } }),
      opened({ XNYS: { halfDays: { '2027-06-16': '13:00' } } }),
      openCalendars({ defaultName: 'XLON' }),
    ].map((one) => one.settings)
    expect(new Set(settings).size).toBe(5)
    expect(openCalendars({ defaultName: 'XNYS', overrides: [] }).settings).toBe(settings[0])
  })

  test('is provisional no more on the days that the file names', () => {
    const ours = opened({ XNYS: { holidays: ['2031-06-16'] } }).named('XNYS')
    expect(['2031-06-16', '2031-06-17'].map((date) => ours?.isProvisional(dateOf(date)))).toEqual([false, true])
  })
})

describe('a calendar of its own', () => {
  const calendars = opened({
    XWAR: {
      zone: 'Europe/Warsaw',
      hours: { pre: ['08:30-09:00'], regular: ['09:00-12:00', '13:00-17:05'] },
      exchanges: ['WSE'],
      suffixes: ['WA'],
      holidays: ['2026-11-11'],
    },
    NIGHT: {
      zone: 'America/Chicago',
      hours: { regular: ['17:00-16:00'] },
      weekdays: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu'],
      totals: 'rolling',
    },
    'Asia/Riyadh': { zone: 'Asia/Riyadh', hours: { regular: ['10:00-15:00'] }, weekdays: ['Sun', 'Thu'] },
    FX: { zone: 'UTC', hours: { regular: ['00:00-24:00'] } },
  })
  const nameOf = (symbol: string, exchange: string | null, zone: string | null) =>
    calendars.of({ symbol, exchange, zone }).name

  test('has the hours that the file says', () => {
    expect(hoursOn(calendars.named('XWAR'), '2026-11-10')).toEqual([
      'pre 08:30-09:00',
      'regular 09:00-12:00',
      'regular 13:00-17:05',
    ])
    expect(hoursOn(calendars.named('XWAR'), '2026-11-11')).toEqual([])
    expect(hoursOn(calendars.named('XWAR'), '2026-11-14')).toEqual([])
    expect(calendars.named('XWAR')).toMatchObject({ hasHours: true, totals: 'trading_day' })
  })

  test('is that of its codes and suffixes, of its own name, and of a zone of that name', () => {
    expect(nameOf('CDR.WA', null, null)).toBe('XWAR')
    expect(nameOf('CDR', 'WSE', null)).toBe('XWAR')
    expect(nameOf('CDR', 'wse', null)).toBe('XWAR')
    expect(nameOf('CDR', 'NIGHT', null)).toBe('NIGHT')
    expect(nameOf('2222.SR', null, null)).toBe('Asia/Riyadh')
    expect(nameOf('A', null, 'Asia/Riyadh')).toBe('Asia/Riyadh')
    expect(hoursOn(calendars.named('Asia/Riyadh'), '2026-11-29')).toEqual(['regular 10:00-15:00'])
  })

  test('is that of its zone, even where the default has the same zone', () => {
    const own = { zone: 'America/New_York', hours: { regular: ['08:00-20:00'] } }
    const found = opened({ 'America/New_York': own }).of({ symbol: 'A', exchange: null, zone: 'America/New_York' })
    expect(found.name).toBe('America/New_York')
  })

  test('may begin the evening before', () => {
    const night = calendars.named('NIGHT')
    const span = night?.spanAt(Date.parse('2026-11-29T17:00:00-06:00'))
    expect([span?.session, tradeDateText(span?.tradeDate ?? 0)]).toEqual(['regular', '2026-11-30'])
    expect(night?.totals).toBe('rolling')
  })

  test('may take the place of one that there is', () =>
    expect(hoursOn(calendars.named('FX'), '2026-11-27')).toEqual(['regular 00:00-00:00']))
})

test('hours of one date that reach into those of the next end where those begin', () => {
  const calendar = opened({ XNYS: { sessions: { '2026-11-24': { regular: ['09:30-23:00'] } } } }).named('XNYS')
  expect(hoursOn(calendar, '2026-11-24')).toEqual(['regular 09:30-20:00'])
  expect(calendar?.spanAt(Date.parse('2026-11-24T20:00:00-05:00')).session).toBe('overnight')
})

test('hours that begin in the hour that clocks leave out neither overlap nor leave a gap', () => {
  const hours = { pre: ['02:00-02:30'], regular: ['02:30-03:00'], post: ['03:00-04:00'] }
  const calendar = opened({ ODD: { zone: 'America/New_York', hours, weekdays: ['Sun'] } }).named('ODD') as Calendar
  const spans = calendar.spansOf(dateOf('2026-03-08'))
  for (const [i, span] of spans.entries()) {
    expect(span.start).toBeGreaterThanOrEqual(spans[i - 1]?.end ?? span.start)
    expect(calendar.spanAt(span.start)).toBe(span)
  }
  expect(hoursOn(calendar, '2026-03-15')).toEqual(['pre 02:00-02:30', 'regular 02:30-03:00', 'post 03:00-04:00'])
})

describe('a file that is wrong', () => {
  test.each([
    ['no object', '[]', ['the file must be an object in { } with calendars, not []']],
    ['no JSON', '{"calendars": {', [expect.stringMatching(/^the file is not JSON: .* in line 1, column \d+$/)]],
    ['no calendars', '{}', [expect.stringMatching(/^calendars must be an object in \{ \}.*, and is missing$/)]],
    ['a list', '{"calendars": []}', [expect.stringMatching(/^calendars must be an object in \{ \}.*, not \[\]$/)]],
    ['more', '{"calendars": {}, "rules": 1}', ['the file has "rules" in it; its fields are calendars']],
  ])('%s', (_, text, faults) => expect(readOverrides(text)).toEqual({ kind: 'faults', faults }))

  test('is told all of its errors at once', () => {
    const faults = faultsOf({
      XNYS: { holidays: ['2027-02-30', 5], halfDays: { '2027-12-23': '25:00' }, holiday: [], weekdays: ['Mon'] },
      XWAR: { zone: 'Europe/Warschau', hours: { regular: ['9-17'], noon: [] }, weekdays: ['Moon'], totals: 'none' },
      XMARS: { holidays: '2027-01-01' },
      XPRA: { zone: 'Europe/Prague' },
      XBUD: { zone: 'Europe/Budapest', hours: { pre: ['08:00-10:00'], regular: ['09:00-17:00'] }, weekdays: [] },
      XVIE: { zone: 'Europe/Vienna', hours: { post: ['17:30-18:00'] }, exchanges: ['VIE', 7], suffixes: ['VI'] },
      XLJU: { zone: 'Europe/Vienna', hours: { pre: ['08:00-07:00'], regular: ['07:00-09:00'] }, suffixes: ['VI'] },
      XICE: 3,
    })
    expect(faults).toEqual([
      'calendars.XNYS has "holiday" in it; its fields are ' +
        'zone, hours, weekdays, totals, exchanges, suffixes, holidays, halfDays, sessions',
      'calendars.XNYS.weekdays is only for a calendar with zone and hours',
      'calendars.XNYS.holidays[0] must be a date such as "2027-12-24", not "2027-02-30"',
      'calendars.XNYS.holidays[1] must be a date such as "2027-12-24", not 5',
      'calendars.XNYS.halfDays.2027-12-23 must be a time such as "13:00", not "25:00"',
      'calendars.XWAR.zone must be the IANA name of a time zone, such as Europe/Warsaw, not "Europe/Warschau"',
      'calendars.XWAR.totals must be "trading_day" or "rolling", not "none"',
      'calendars.XWAR.hours has "noon" in it; its fields are overnight, pre, regular, post',
      'calendars.XWAR.hours.regular[0] must be hours such as "09:00-17:30", not "9-17"',
      'calendars.XWAR.weekdays[0] must be one of Sun, Mon, Tue, Wed, Thu, Fri, Sat, not "Moon"',
      'calendars.XMARS needs zone and hours: there is no such calendar to change',
      'calendars.XMARS.holidays must be a list in [ ] of at most 10000, not "2027-01-01"',
      'calendars.XPRA.hours must be an object in { } with overnight, pre, regular, post, and is missing',
      'calendars.XBUD.hours must not overlap',
      'calendars.XBUD.weekdays must name one day at least',
      'calendars.XVIE.hours must have regular hours',
      'calendars.XVIE.exchanges[1] must be a text, not 7',
      'calendars.XLJU.hours must not be longer than a day in all',
      'calendars.XICE must be an object in { } with ' +
        'zone, hours, weekdays, totals, exchanges, suffixes, holidays, halfDays, sessions, not 3',
      'calendars has two calendars with "VI" in their suffixes',
    ])
  })
})

describe('a file that says what cannot be', () => {
  const hours = { pre: ['08:00-09:00'], regular: ['09:00-12:00', '13:00-17:00'] }
  const WARSAW = { zone: 'Europe/Warsaw', hours }

  test.each([
    [
      'a name without a letter',
      { '': WARSAW, ' ': WARSAW },
      ['calendars has a calendar without a name: "" is none', 'calendars has a calendar without a name: " " is none'],
    ],
    [
      'suffixes with their dot',
      { XWAR: { ...WARSAW, suffixes: ['.WA', 'PL'] } },
      ['calendars.XWAR.suffixes[0] must be what follows the last dot of a symbol, such as "WA", not ".WA"'],
    ],
    [
      'a date that is both',
      { XNYS: { holidays: ['2027-12-23'], halfDays: { '2027-12-23': '13:00' } } },
      ['calendars.XNYS.halfDays.2027-12-23 is in holidays, too: a date is one of the two'],
    ],
    [
      'a date that is closed and has hours',
      { XNYS: { holidays: ['2027-05-01'], sessions: { '2027-05-01': { regular: ['10:00-12:00'] } } } },
      ['calendars.XNYS.sessions.2027-05-01 is in holidays, too: a date is one of the two'],
    ],
    [
      'a half day of a date on which nothing trades',
      {
        // A Saturday, and Thanksgiving.
        XNYS: { halfDays: { '2027-05-01': '13:00', '2027-11-25': '13:00' } },
        XWAR: { ...WARSAW, weekdays: ['Mon'], halfDays: { '2027-12-23': '13:00' } },
      },
      [
        'calendars.XNYS.halfDays.2027-05-01 is a date on which nothing trades: give its hours in sessions',
        'calendars.XNYS.halfDays.2027-11-25 is a date on which nothing trades: give its hours in sessions',
        'calendars.XWAR.halfDays.2027-12-23 is a date on which nothing trades: give its hours in sessions',
      ],
    ],
    [
      'a half day of a calendar that there is',
      { XNYS: { halfDays: { '2027-12-23': '09:30', '2027-12-22': '09:31' } } },
      ['calendars.XNYS.halfDays.2027-12-23 must be after 09:30, when regular trading opens, not "09:30"'],
    ],
    [
      'a half day of one of its own',
      { XWAR: { ...WARSAW, halfDays: { '2027-12-23': '08:30' } } },
      ['calendars.XWAR.halfDays.2027-12-23 must be after 09:00, when regular trading opens, not "08:30"'],
    ],
    [
      'a half day with hours of its own',
      {
        XNYS: {
          halfDays: { '2027-12-23': '11:00', '2027-12-22': '11:00' },
          sessions: { '2027-12-23': { regular: ['12:00-16:00'] } },
        },
      },
      ['calendars.XNYS.halfDays.2027-12-23 must be after 12:00, when regular trading opens, not "11:00"'],
    ],
  ])('%s', (_, calendars, faults) => expect(faultsOf(calendars)).toEqual(faults))

  test('but a half day of a date that has hours in the file is one', () => {
    const sessions = { '2027-05-01': { regular: ['10:00-16:00'] } }
    expect(faultsOf({ XNYS: { sessions, halfDays: { '2027-05-01': '13:00' } } })).toEqual([])
  })

  test('but a session that opened the evening before may end at any time', () => {
    const night = { zone: 'America/Chicago', hours: { regular: ['17:00-16:00'] }, halfDays: { '2027-12-23': '08:00' } }
    expect(faultsOf({ NIGHT: night, CME: { halfDays: { '2027-12-23': '08:00' } } })).toEqual([])
  })
})

describe('hours learned from periods of the past', () => {
  const ZONE = 'Europe/Warsaw'
  /** Monday 2026-10-19 to Friday 2026-10-30: clocks change in between. A holiday, and a half day. */
  const periods = [19, 20, 21, 22, 23, 26, 27, 28, 30].map((day) => {
    const offset = day < 25 ? 2 : 1
    const start = Date.parse(`2026-10-${day}T09:00:00Z`) - offset * HOUR_MS
    const end = start + (day === 23 ? 4 * HOUR_MS : 8 * HOUR_MS + 5 * MINUTE_MS)
    return { tradeDate: dateOf(`2026-10-${day}`), start, end }
  })

  test('are the usual ones of the weekdays that were seen, with what was different', () => {
    const learned = learnedHours({ name: 'XWAR', zone: ZONE, periods })
    const xwar = openCalendars({ overrides: learned === null ? [] : [learned] }).named('XWAR')
    const week = ['2026-10-22', '2026-10-23', '2026-10-24', '2026-10-28', '2026-10-29', '2026-11-02']
    expect(week.map((date) => hoursOn(xwar, date))).toEqual([
      ['regular 09:00-17:05'],
      ['regular 09:00-13:00'],
      [],
      ['regular 09:00-17:05'],
      [],
      ['regular 09:00-17:05'],
    ])
    expect(['2026-10-30', '2026-11-02'].map((date) => xwar?.isProvisional(dateOf(date)))).toEqual([false, true])
  })

  test('are none without a period that makes sense', () => {
    expect(learnedHours({ name: 'XWAR', zone: ZONE, periods: [] })).toBeNull()
    const backwards = { tradeDate: dateOf('2026-10-19'), start: 10, end: 5 }
    const elsewhere = { tradeDate: Number.NaN, start: 0, end: 5 }
    expect(learnedHours({ name: 'XWAR', zone: ZONE, periods: [backwards, elsewhere] })).toBeNull()
  })
})
