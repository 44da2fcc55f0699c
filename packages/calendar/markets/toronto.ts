// The Toronto Stock Exchange: https://www.tsx.com/en/trading/calendars-and-trading-hours. The rules are those since
// 2000.

import { dateOf, MONDAY, weekdayFrom, weekdayUntil, workdayFrom } from '#calendar/civil_date'
import { christmasHolidaysOf, datesOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours } from '#calendar/market'
import { goodFridayOf } from '#calendar/markets/us_holidays'

const PRE = hours('pre', '07:00', '09:30')
const FULL_DAY = [PRE, hours('regular', '09:30', '16:00'), hours('post', '16:00', '17:00')]
const HALF_DAY = [PRE, hours('regular', '09:30', '13:00'), hours('post', '13:00', '14:00')]

/** The attacks of 2001. */
const UNPLANNED = datesOf('2001-09-11 2001-09-12')

const isHoliday = yearlyDates((year) => [
  workdayFrom(dateOf(year, 1, 1)),
  ...(year >= 2008 ? [weekdayFrom(MONDAY, dateOf(year, 2, 15))] : []),
  goodFridayOf(year),
  weekdayUntil(MONDAY, dateOf(year, 5, 24)),
  workdayFrom(dateOf(year, 7, 1)),
  weekdayFrom(MONDAY, dateOf(year, 8, 1)),
  weekdayFrom(MONDAY, dateOf(year, 9, 1)),
  weekdayFrom(MONDAY, dateOf(year, 10, 8)),
  ...christmasHolidaysOf(year),
])

/** XTSE. */
export const toronto = exchange({
  name: 'XTSE',
  zone: 'America/Toronto',
  hoursOn: () => FULL_DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday: (date) => isHoliday(date) || UNPLANNED.has(date),
  isHalfDay: yearlyDates((year) => (year >= 2010 ? [dateOf(year, 12, 24)] : [])),
  publishedYear: 2026,
})
