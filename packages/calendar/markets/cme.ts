// CME Globex, where futures trade: https://www.cmegroup.com/trading-hours.html. A trade date begins at 18:00 in New
// York the evening before and ends at 17:00. On holidays products differ; here are the hours of stock index futures,
// which stop first. The rules are those since 2000.

import { yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hoursFromEvening } from '#calendar/market'
import { christmasOf, federalHolidaysOf, goodFridayOf, isUsHalfDay, newYearOf } from '#calendar/markets/us_holidays'

const FULL_DAY = [hoursFromEvening('regular', '18:00', '17:00')]
const HALF_DAY = [hoursFromEvening('regular', '18:00', '13:00')]

const isHoliday = yearlyDates((year) => [newYearOf(year), goodFridayOf(year), christmasOf(year)])
const isFederalHoliday = yearlyDates(federalHolidaysOf)

/** Futures of CME, CBOT, NYMEX and COMEX. */
export const globex = exchange({
  name: 'CME',
  zone: 'America/New_York',
  hoursOn: () => FULL_DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday,
  isHalfDay: (date) => isFederalHoliday(date) || isUsHalfDay(date),
  publishedYear: 2027,
})
