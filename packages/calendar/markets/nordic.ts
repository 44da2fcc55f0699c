// Nasdaq Nordic (Stockholm, Helsinki, Copenhagen) and Oslo: https://www.nasdaq.com/european-market-activity and
// https://www.euronext.com/en/trade/trading-hours-holidays. The rules are those since 2009. None moves a holiday
// that falls on a weekend; `regular` is continuous trading and its closing auction.

import { dateOf, easterOf, FRIDAY, weekdayFrom } from '#calendar/civil_date'
import { daysOf, easterHolidaysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours, type Market } from '#calendar/market'

const winterHolidaysOf = (year: number) => [...daysOf(year, '01-01 12-24 12-25 12-26 12-31'), ...easterHolidaysOf(year)]
const ascensionOf = (year: number) => easterOf(year) + 39
const maundyThursdayOf = (year: number) => easterOf(year) - 3
const whitMondayOf = (year: number) => easterOf(year) + 50
const midsummerEveOf = (year: number) => weekdayFrom(FRIDAY, dateOf(year, 6, 19))

const PRE = hours('pre', '08:00', '09:00')
const DAY = [PRE, hours('regular', '09:00', '17:30'), hours('post', '17:30', '18:00')]
const HALF_DAY = [PRE, hours('regular', '09:00', '13:00'), hours('post', '13:00', '13:30')]
const HELSINKI_DAY = [
  hours('pre', '09:00', '10:00'),
  hours('regular', '10:00', '18:30'),
  hours('post', '18:30', '19:00'),
]
const COPENHAGEN_DAY = [PRE, hours('regular', '09:00', '17:00'), hours('post', '17:00', '17:30')]
const OSLO_DAY = [hours('pre', '07:15', '09:00'), hours('regular', '09:00', '16:20'), hours('post', '16:20', '17:00')]
const OSLO_HALF_DAY = [
  hours('pre', '07:15', '09:00'),
  hours('regular', '09:00', '13:00'),
  hours('post', '13:00', '13:30'),
]

const stockholm = exchange({
  name: 'XSTO',
  zone: 'Europe/Stockholm',
  hoursOn: () => DAY,
  halfDayHoursOn: () => HALF_DAY,
  isHoliday: yearlyDates((year) => [
    ...winterHolidaysOf(year),
    ...daysOf(year, '01-06 05-01 06-06'),
    ascensionOf(year),
    midsummerEveOf(year),
  ]),
  // The eves of holidays, and of All Saints' Day.
  isHalfDay: yearlyDates((year) => [
    ...daysOf(year, '01-05 04-30'),
    maundyThursdayOf(year),
    ascensionOf(year) - 1,
    weekdayFrom(FRIDAY, dateOf(year, 10, 30)),
  ]),
  publishedYear: 2026,
})

const helsinki = exchange({
  name: 'XHEL',
  zone: 'Europe/Helsinki',
  hoursOn: () => HELSINKI_DAY,
  isHoliday: yearlyDates((year) => [
    ...winterHolidaysOf(year),
    ...daysOf(year, '01-06 05-01 12-06'),
    ascensionOf(year),
    midsummerEveOf(year),
  ]),
  publishedYear: 2026,
})

const copenhagen = exchange({
  name: 'XCSE',
  zone: 'Europe/Copenhagen',
  hoursOn: () => COPENHAGEN_DAY,
  isHoliday: yearlyDates((year) => [
    ...winterHolidaysOf(year),
    maundyThursdayOf(year),
    ...greatPrayerDayOf(year),
    ascensionOf(year),
    ascensionOf(year) + 1,
    whitMondayOf(year),
    dateOf(year, 6, 5),
  ]),
  publishedYear: 2026,
})

/** A holiday until 2023. */
function greatPrayerDayOf(year: number) {
  return year <= 2023 ? [easterOf(year) + 26] : []
}

const oslo = exchange({
  name: 'XOSL',
  zone: 'Europe/Oslo',
  hoursOn: () => OSLO_DAY,
  halfDayHoursOn: () => OSLO_HALF_DAY,
  isHoliday: yearlyDates((year) => [
    ...winterHolidaysOf(year),
    ...daysOf(year, '05-01 05-17'),
    maundyThursdayOf(year),
    ascensionOf(year),
    whitMondayOf(year),
  ]),
  isHalfDay: yearlyDates((year) => (year >= 2011 ? [maundyThursdayOf(year) - 1] : [])),
  publishedYear: 2026,
})

/** Stockholm, Helsinki, Copenhagen, Oslo. */
export const nordic: readonly Market[] = [stockholm, helsinki, copenhagen, oslo]
