// The Stock Exchange of Hong Kong: https://www.hkex.com.hk (trading hours, holiday schedule). The rules are those since
// 2000. Lunar days are a table: those of the Hong Kong Observatory's conversion between the Gregorian and the lunar
// calendar, https://www.hko.gov.hk/en/gts/time/conversion.htm. Lunch breaks of before March 2012 were longer than here.

import { dateOf, easterOf, SUNDAY, weekdayOf } from '#calendar/civil_date'
import { datesOf, daysByYear, daysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours, type LocalHours } from '#calendar/market'
import type { TradeDate } from '#market/session'

/** Of each year: Lunar New Year, Buddha's birthday, Tuen Ng, the day after Mid-Autumn, Chung Yeung. */
const LUNAR_DAYS = daysByYear(`
  2000 0205 0511 0606 0913 1006
  2001 0124 0430 0625 1002 1025
  2002 0212 0519 0615 0922 1014
  2003 0201 0508 0604 0912 1004
  2004 0122 0526 0622 0929 1022
  2005 0209 0515 0611 0919 1011
  2006 0129 0505 0531 1007 1030
  2007 0218 0524 0619 0926 1019
  2008 0207 0512 0608 0915 1007
  2009 0126 0502 0528 1004 1026
  2010 0214 0521 0616 0923 1016
  2011 0203 0510 0606 0913 1005
  2012 0123 0428 0623 1001 1023
  2013 0210 0517 0612 0920 1013
  2014 0131 0506 0602 0909 1002
  2015 0219 0525 0620 0928 1021
  2016 0208 0514 0609 0916 1009
  2017 0128 0503 0530 1005 1028
  2018 0216 0522 0618 0925 1017
  2019 0205 0512 0607 0914 1007
  2020 0125 0430 0625 1002 1025
  2021 0212 0519 0614 0922 1014
  2022 0201 0508 0603 0911 1004
  2023 0122 0526 0622 0930 1023
  2024 0210 0515 0610 0918 1011
  2025 0129 0505 0531 1007 1029
  2026 0217 0524 0619 0926 1018
  2027 0206 0513 0609 0916 1008
  2028 0126 0502 0528 1004 1026
  2029 0213 0520 0616 0923 1016
  2030 0203 0509 0605 0913 1005
  2031 0123 0528 0624 1002 1024
  2032 0211 0516 0612 0920 1012
  2033 0131 0506 0601 0909 1001
  2034 0219 0525 0620 0928 1020
  2035 0208 0515 0610 0917 1009
  2036 0128 0503 0530 1005 1027
  2037 0215 0522 0618 0925 1017
  2038 0204 0511 0607 0914 1007
  2039 0124 0430 0527 1003 1026
  2040 0212 0518 0614 0921 1014
  2041 0201 0507 0603 0911 1003
  2042 0122 0526 0622 0929 1022
  2043 0210 0516 0611 0918 1011
  2044 0130 0505 0531 1006 1029
  2045 0217 0524 0619 0926 1018
  2046 0206 0513 0608 0916 1008
  2047 0126 0502 0529 1005 1027
  2048 0214 0520 0615 0923 1016
  2049 0202 0509 0604 0912 1005
`)

/** Since this day trading begins half an hour earlier. */
const EARLIER_OPEN = dateOf(2011, 3, 7)

const PRE = hours('pre', '09:00', '09:30')
const PRE_UNTIL_2011 = hours('pre', '09:30', '10:00')
const AFTERNOON: LocalHours = [hours('regular', '13:00', '16:00'), hours('post', '16:00', '16:10')]
const DAY: LocalHours = [PRE, hours('regular', '09:30', '12:00'), ...AFTERNOON]
const DAY_UNTIL_2011: LocalHours = [PRE_UNTIL_2011, hours('regular', '10:00', '12:00'), ...AFTERNOON]
const HALF_DAY: LocalHours = [PRE, hours('regular', '09:30', '12:00'), hours('post', '12:00', '12:10')]
const HALF_DAY_UNTIL_2011: LocalHours = [PRE_UNTIL_2011, hours('regular', '10:00', '12:30')]

/** Typhoons, rainstorms, and a parade. */
const UNPLANNED = datesOf(`
  2001-07-06 2001-07-25 2008-08-06 2008-08-22 2011-09-29 2013-08-14 2015-09-03 2016-08-02 2016-10-21 2017-08-23
  2020-10-13 2021-10-13 2023-07-17 2024-09-06`)

const isHoliday = yearlyDates(holidaysOf)

/** XHKG. */
export const hongKong = exchange({
  name: 'XHKG',
  zone: 'Asia/Hong_Kong',
  hoursOn: (date) => (date >= EARLIER_OPEN ? DAY : DAY_UNTIL_2011),
  halfDayHoursOn: (date) => (date >= EARLIER_OPEN ? HALF_DAY : HALF_DAY_UNTIL_2011),
  isHoliday: (date) => isHoliday(date) || UNPLANNED.has(date),
  isHalfDay: yearlyDates(halfDaysOf),
  publishedYear: 2026,
})

/** The general holidays. One that falls on a Sunday or on another holiday is kept on the next day that is free. */
function holidaysOf(year: number): ReadonlySet<TradeDate> {
  const easter = easterOf(year)
  const kept = new Set<TradeDate>([easter - 2, easter - 1, easter + 1])
  for (const day of [
    ...daysOf(year, '01-01 05-01 07-01 10-01 12-25 12-26'),
    chingMingOf(year),
    ...lunarHolidaysOf(year),
  ]) {
    let free = day
    while (weekdayOf(free) === SUNDAY || kept.has(free)) free++
    kept.add(free)
  }
  return kept
}

/** Until 2011 the day before made up for a Sunday among the first days of the lunar year, and after Mid-Autumn. */
function lunarHolidaysOf(year: number): readonly TradeDate[] {
  const [newYear, birthday, tuenNg, afterMidAutumn, chungYeung] = LUNAR_DAYS.get(year) ?? []
  if (newYear === undefined) return []
  const firstDays = [newYear, newYear + 1, newYear + 2]
  const days = [birthday, tuenNg, chungYeung] as TradeDate[]
  if (year >= 2012) return [...firstDays, ...days, afterMidAutumn as TradeDate]
  return [...days, ...madeUpBefore(firstDays), ...madeUpBefore([afterMidAutumn as TradeDate])]
}

/** The days, and for a Sunday among them the day before the first. */
function madeUpBefore(days: readonly TradeDate[]): readonly TradeDate[] {
  return days.map((day) => (weekdayOf(day) === SUNDAY ? (days[0] as TradeDate) - 1 : day))
}

/** When the sun is 15 degrees beyond the equinox, by the usual formula, which holds from 2000 to 2099. */
function chingMingOf(year: number): TradeDate {
  return dateOf(year, 4, Math.floor(4.81 + 0.2422 * (year - 2000)) - Math.floor((year - 2000) / 4))
}

/** The eves of Christmas and New Year, and since 2013 that of the lunar year. */
function halfDaysOf(year: number): readonly TradeDate[] {
  const [newYear] = LUNAR_DAYS.get(year) ?? []
  const eves = daysOf(year, '12-24 12-31')
  return year >= 2013 && newYear !== undefined ? [...eves, newYear - 1] : eves
}
