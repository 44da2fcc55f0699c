// The Tokyo Stock Exchange: https://www.jpx.co.jp/english/corporate/about-jpx/calendar/. Holidays are those of the Act
// on National Holidays since 2000, with its two rules: one on a Sunday is made up for, and a day between two of them is
// one too. Until 2024-11-04 trading closed at 15:00. Half days and shorter mornings of before 2012 are left out.

import { dateOf, MONDAY, SUNDAY, weekdayFrom, weekdayOf } from '#calendar/civil_date'
import { datesOf, daysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours, type LocalHours } from '#calendar/market'
import type { TradeDate } from '#market/session'

const MORNING = [hours('pre', '08:00', '09:00'), hours('regular', '09:00', '11:30')]
const DAY: LocalHours = [...MORNING, hours('regular', '12:30', '15:30'), hours('post', '15:30', '17:30')]
const DAY_UNTIL_2024: LocalHours = [...MORNING, hours('regular', '12:30', '15:00'), hours('post', '15:00', '17:30')]
const LATER_CLOSE = dateOf(2024, 11, 5)

/** The trading system failed for a day. */
const UNPLANNED = datesOf('2020-10-01')

/** Moved for the Olympic Games. */
const SUMMER_OF_GAMES: Readonly<Record<number, string>> = { 2020: '07-23 07-24 08-10', 2021: '07-22 07-23 08-09' }

/** An abdication, an accession and an enthronement. */
const IMPERIAL_DAYS: Readonly<Record<number, string>> = { 2019: '05-01 10-22' }

const isNationalHoliday = yearlyDates((year) => withAddedHolidays(year, namedHolidaysOf(year)))
const isTurnOfYear = yearlyDates((year) => daysOf(year, '01-01 01-02 01-03 12-31'))

/** XTKS. */
export const tokyo = exchange({
  name: 'XTKS',
  zone: 'Asia/Tokyo',
  hoursOn: (date) => (date >= LATER_CLOSE ? DAY : DAY_UNTIL_2024),
  isHoliday: (date) => isTurnOfYear(date) || isNationalHoliday(date) || UNPLANNED.has(date),
  publishedYear: 2026,
})

/** The holidays that the Act names. */
function namedHolidaysOf(year: number): ReadonlySet<TradeDate> {
  return new Set([
    ...daysOf(year, '01-01 02-11 04-29 05-03 05-05 11-03 11-23'),
    mondayOf(year, 1, 2),
    vernalEquinoxOf(year),
    autumnalEquinoxOf(year),
    year >= 2003 ? mondayOf(year, 9, 3) : dateOf(year, 9, 15),
    ...summerHolidaysOf(year),
    ...(year >= 2007 ? [dateOf(year, 5, 4)] : []),
    ...emperorsBirthdayOf(year),
    ...(IMPERIAL_DAYS[year] === undefined ? [] : daysOf(year, IMPERIAL_DAYS[year])),
  ])
}

/** Marine Day, Mountain Day, and Sports Day, which is in October except in years of the Games. */
function summerHolidaysOf(year: number): readonly TradeDate[] {
  const moved = SUMMER_OF_GAMES[year]
  if (moved !== undefined) return daysOf(year, moved)
  const marineDay = year >= 2003 ? mondayOf(year, 7, 3) : dateOf(year, 7, 20)
  return [marineDay, mondayOf(year, 10, 2), ...(year >= 2016 ? [dateOf(year, 8, 11)] : [])]
}

/** Akihito's until 2018, Naruhito's since 2020. */
function emperorsBirthdayOf(year: number): readonly TradeDate[] {
  if (year === 2019) return []
  return [year < 2019 ? dateOf(year, 12, 23) : dateOf(year, 2, 23)]
}

/** For a holiday on a Sunday the next day that is none, and days between two holidays. */
function withAddedHolidays(year: number, named: ReadonlySet<TradeDate>): ReadonlySet<TradeDate> {
  const all = new Set(named)
  for (const holiday of named) {
    if (weekdayOf(holiday) === SUNDAY) all.add(substituteOf(year, { holiday, named }))
    if (named.has(holiday + 2)) all.add(holiday + 1)
  }
  return all
}

/** Until 2006 it was the Monday, whatever day that was. */
function substituteOf(
  year: number,
  { holiday, named }: { readonly holiday: TradeDate; readonly named: ReadonlySet<TradeDate> },
): TradeDate {
  let substitute = holiday + 1
  while (year >= 2007 && named.has(substitute)) substitute++
  return substitute
}

function mondayOf(year: number, month: number, nth: number): TradeDate {
  return weekdayFrom(MONDAY, dateOf(year, month, 7 * nth - 6))
}

/** When spring begins in Japan, by the usual formula, which holds from 1980 to 2099. */
function vernalEquinoxOf(year: number): TradeDate {
  return dateOf(year, 3, Math.floor(20.8431 + 0.242194 * (year - 1980)) - Math.floor((year - 1980) / 4))
}

/** When autumn begins, by the same. */
function autumnalEquinoxOf(year: number): TradeDate {
  return dateOf(year, 9, Math.floor(23.2488 + 0.242194 * (year - 1980)) - Math.floor((year - 1980) / 4))
}
