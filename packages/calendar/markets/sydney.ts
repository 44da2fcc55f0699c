// The Australian Securities Exchange: https://www.asx.com.au/markets/market-resources/trading-hours-calendar. The
// rules are those since 2000. Shares open between 10:00 and 10:09, by their letter; the closing auction after 16:00 is
// `post`.

import { dateOf, MONDAY, weekdayFrom, workdayFrom, workdayUntil } from '#calendar/civil_date'
import { christmasHolidaysOf, datesOf, easterHolidaysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours } from '#calendar/market'
import type { TradeDate } from '#market/session'

const PRE = hours('pre', '07:00', '10:00')
const FULL_DAY = [PRE, hours('regular', '10:00', '16:00'), hours('post', '16:00', '18:50')]
const HALF_DAY = [PRE, hours('regular', '10:00', '14:10'), hours('post', '14:10', '16:50')]

/** Mourning for the Queen. */
const UNPLANNED = datesOf('2022-09-22')

const isHoliday = yearlyDates((year) => [
  workdayFrom(dateOf(year, 1, 1)),
  workdayFrom(dateOf(year, 1, 26)),
  ...easterHolidaysOf(year),
  ...anzacDayOf(year),
  weekdayFrom(MONDAY, dateOf(year, 6, 8)),
  ...christmasHolidaysOf(year),
])

/** XASX. */
export const sydney = exchange({
  name: 'XASX',
  zone: 'Australia/Sydney',
  hoursOn: () => FULL_DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday: (date) => isHoliday(date) || UNPLANNED.has(date),
  isHalfDay: yearlyDates(halfDaysOf),
  publishedYear: 2026,
})

/** Made up for in 2010, when it was a Sunday, and in 2011, when it was Easter Monday, but not as a rule. */
function anzacDayOf(year: number): readonly TradeDate[] {
  const day = dateOf(year, 4, 25)
  return year === 2010 || year === 2011 ? [day, day + 1] : [day]
}

/** The last workdays before Christmas and New Year, since 2010; but in 2022 there were none. */
function halfDaysOf(year: number): readonly TradeDate[] {
  if (year < 2010 || year === 2022) return []
  return [workdayUntil(dateOf(year, 12, 24)), workdayUntil(dateOf(year, 12, 31))]
}
