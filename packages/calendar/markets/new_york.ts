// Stocks of the United States (NYSE, Nasdaq and others): https://www.nyse.com/markets/hours-calendars. The rules are
// those since 2000.

import { datesOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours, hoursFromEvening } from '#calendar/market'
import { christmasOf, federalHolidaysOf, goodFridayOf, isUsHalfDay, newYearOf } from '#calendar/markets/us_holidays'

const OVERNIGHT = hoursFromEvening('overnight', '20:00', '04:00')
const PRE = hours('pre', '04:00', '09:30')
const FULL_DAY = [OVERNIGHT, PRE, hours('regular', '09:30', '16:00'), hours('post', '16:00', '20:00')]
const HALF_DAY = [OVERNIGHT, PRE, hours('regular', '09:30', '13:00'), hours('post', '13:00', '17:00')]

/** The attacks of 2001, a hurricane, and mourning for presidents. */
const UNPLANNED = datesOf(`
  2001-09-11 2001-09-12 2001-09-13 2001-09-14 2004-06-11 2007-01-02 2012-10-29 2012-10-30 2018-12-05 2025-01-09`)

const UNPLANNED_HALF_DAYS = datesOf('2003-12-26')

const isHoliday = yearlyDates((year) => [
  newYearOf(year),
  goodFridayOf(year),
  ...federalHolidaysOf(year),
  christmasOf(year),
])

/** XNYS, which stands for all stock exchanges of the country. */
export const newYork = exchange({
  name: 'XNYS',
  zone: 'America/New_York',
  hoursOn: () => FULL_DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday: (date) => isHoliday(date) || UNPLANNED.has(date),
  isHalfDay: (date) => isUsHalfDay(date) || UNPLANNED_HALF_DAYS.has(date),
  publishedYear: 2028,
})
