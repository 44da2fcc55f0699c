// The London Stock Exchange: https://www.londonstockexchange.com/equities-trading/business-days. The rules are those
// since 2000. Orders and reports are taken from 07:15 to 17:15; the closing auction is from 16:30 to 16:35.

import { dateOf, MONDAY, weekdayFrom, weekdayUntil, workdayFrom, workdayUntil } from '#calendar/civil_date'
import { christmasHolidaysOf, datesOf, easterHolidaysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours } from '#calendar/market'
import type { TradeDate } from '#market/session'

const PRE = hours('pre', '07:15', '08:00')
const FULL_DAY = [PRE, hours('regular', '08:00', '16:30'), hours('post', '16:30', '17:15')]
const HALF_DAY = [PRE, hours('regular', '08:00', '12:30'), hours('post', '12:30', '13:15')]

/** Jubilees, a wedding, a funeral, a coronation. */
const UNPLANNED = datesOf('2002-06-03 2011-04-29 2012-06-05 2022-06-03 2022-09-19 2023-05-08')

/** Bank holidays that were moved, by their year. */
const EARLY_MAY: Readonly<Record<number, TradeDate>> = { 2020: dateOf(2020, 5, 8) }
const LATE_MAY: Readonly<Record<number, TradeDate>> = {
  2002: dateOf(2002, 6, 4),
  2012: dateOf(2012, 6, 4),
  2022: dateOf(2022, 6, 2),
}

const isBankHoliday = yearlyDates((year) => [
  workdayFrom(dateOf(year, 1, 1)),
  ...easterHolidaysOf(year),
  EARLY_MAY[year] ?? weekdayFrom(MONDAY, dateOf(year, 5, 1)),
  LATE_MAY[year] ?? weekdayUntil(MONDAY, dateOf(year, 5, 31)),
  weekdayUntil(MONDAY, dateOf(year, 8, 31)),
  ...christmasHolidaysOf(year),
])

/** The last workdays before Christmas and before New Year. */
const isHalfDay = yearlyDates((year) => [workdayUntil(dateOf(year, 12, 24)), workdayUntil(dateOf(year, 12, 31))])

/** XLON. */
export const london = exchange({
  name: 'XLON',
  zone: 'Europe/London',
  hoursOn: () => FULL_DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday: (date) => isBankHoliday(date) || UNPLANNED.has(date),
  isHalfDay,
  publishedYear: 2027,
})
