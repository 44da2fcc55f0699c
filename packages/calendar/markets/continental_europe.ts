// Exchanges of the European continent: https://www.euronext.com/en/trade/trading-hours-holidays,
// https://www.cashmarket.deutsche-boerse.com (trading calendar), https://www.six-group.com (trading calendar). None
// moves a holiday that falls on a weekend. `regular` is continuous trading; the closing auction after it is `post`. The
// rules are those since 2007.

import { dateOf, easterOf, workdayUntil } from '#calendar/civil_date'
import { datesOf, daysOf, easterHolidaysOf, yearlyDates } from '#calendar/date_sets'
import { exchange } from '#calendar/exchange_rules'
import { hours, type Market } from '#calendar/market'
import type { TradeDate } from '#market/session'

/** What all of them keep. */
const commonHolidaysOf = (year: number) => [...daysOf(year, '01-01 05-01 12-25 12-26'), ...easterHolidaysOf(year)]
const lastDaysOf = (year: number) => daysOf(year, '12-24 12-31')
const whitMondayOf = (year: number) => easterOf(year) + 50

const EURONEXT_DAY = [
  hours('pre', '07:15', '09:00'),
  hours('regular', '09:00', '17:30'),
  hours('post', '17:30', '18:00'),
]
const EURONEXT_HALF_DAY = [
  hours('pre', '07:15', '09:00'),
  hours('regular', '09:00', '14:05'),
  hours('post', '14:05', '14:35'),
]
const LISBON_DAY = [hours('pre', '06:15', '08:00'), hours('regular', '08:00', '16:30'), hours('post', '16:30', '17:00')]
const LISBON_HALF_DAY = [
  hours('pre', '06:15', '08:00'),
  hours('regular', '08:00', '13:05'),
  hours('post', '13:05', '13:35'),
]

const isEuronextHoliday = yearlyDates(commonHolidaysOf)
const isEuronextHalfDay = yearlyDates(lastDaysOf)
const euronextDays = { isHoliday: isEuronextHoliday, isHalfDay: isEuronextHalfDay, publishedYear: 2026 }
const euronextHours = { hoursOn: () => EURONEXT_DAY, halfDayHoursOn: () => EURONEXT_HALF_DAY, ...euronextDays }

/** Paris, Amsterdam, Brussels, Lisbon. */
const EURONEXT: readonly Market[] = [
  exchange({ name: 'XPAR', zone: 'Europe/Paris', ...euronextHours }),
  exchange({ name: 'XAMS', zone: 'Europe/Amsterdam', ...euronextHours }),
  exchange({ name: 'XBRU', zone: 'Europe/Brussels', ...euronextHours }),
  exchange({
    ...{ name: 'XLIS', zone: 'Europe/Lisbon', ...euronextDays },
    ...{ hoursOn: () => LISBON_DAY, halfDayHoursOn: () => LISBON_HALF_DAY },
  }),
]

const XETRA_PRE = hours('pre', '08:00', '09:00')
const XETRA_DAY = [XETRA_PRE, hours('regular', '09:00', '17:30'), hours('post', '17:30', '20:30')]
const XETRA_HALF_DAY = [XETRA_PRE, hours('regular', '09:00', '14:00'), hours('post', '14:00', '17:00')]
const FLOOR_PRE = hours('pre', '07:30', '08:00')
const FLOOR_DAY = [FLOOR_PRE, hours('regular', '08:00', '22:00')]
const FLOOR_HALF_DAY = [FLOOR_PRE, hours('regular', '08:00', '14:00')]

/** Whit Monday and the Day of German Unity were holidays for some years only. */
function germanHolidaysOf(year: number): readonly TradeDate[] {
  const holidays = [...commonHolidaysOf(year), ...lastDaysOf(year)]
  if (year === 2007 || (year >= 2015 && year <= 2021)) holidays.push(whitMondayOf(year))
  if (year >= 2014 && year <= 2021) holidays.push(dateOf(year, 10, 3))
  if (year === 2017) holidays.push(dateOf(year, 10, 31))
  return holidays
}

const germanDays = {
  zone: 'Europe/Berlin',
  isHoliday: yearlyDates(germanHolidaysOf),
  isHalfDay: yearlyDates((year) => (year >= 2010 ? [workdayUntil(dateOf(year, 12, 30))] : [])),
  publishedYear: 2026,
}

/** Xetra, and Frankfurt's floor with the other regional exchanges, which trade until late. */
const GERMANY: readonly Market[] = [
  exchange({ name: 'XETR', ...germanDays, hoursOn: () => XETRA_DAY, halfDayHoursOn: () => XETRA_HALF_DAY }),
  exchange({ name: 'XFRA', ...germanDays, hoursOn: () => FLOOR_DAY, halfDayHoursOn: () => FLOOR_HALF_DAY }),
]

const SWISS_DAY = [hours('pre', '06:00', '09:00'), hours('regular', '09:00', '17:30'), hours('post', '17:30', '18:15')]

/** Zurich. Its closing auction, from 17:20 on, is counted as regular. */
const switzerland = exchange({
  name: 'XSWX',
  zone: 'Europe/Zurich',
  hoursOn: () => SWISS_DAY,
  isHoliday: yearlyDates((year) => [
    ...commonHolidaysOf(year),
    ...lastDaysOf(year),
    ...daysOf(year, '01-02 08-01'),
    easterOf(year) + 39,
    whitMondayOf(year),
  ]),
  publishedYear: 2026,
})

const SOUTHERN_DAY = [
  hours('pre', '08:00', '09:00'),
  hours('regular', '09:00', '17:30'),
  hours('post', '17:30', '18:00'),
]
const MADRID_HALF_DAY = [
  hours('pre', '08:00', '09:00'),
  hours('regular', '09:00', '14:00'),
  hours('post', '14:00', '14:30'),
]

const italy = exchange({
  name: 'XMIL',
  zone: 'Europe/Rome',
  hoursOn: () => SOUTHERN_DAY,
  isHoliday: yearlyDates((year) => [...commonHolidaysOf(year), ...lastDaysOf(year), dateOf(year, 8, 15)]),
  publishedYear: 2026,
})

const CLOSED_IN_MADRID = datesOf('2021-12-24 2021-12-31')

const spain = exchange({
  name: 'XMAD',
  zone: 'Europe/Madrid',
  hoursOn: () => SOUTHERN_DAY,
  halfDayHoursOn: () => MADRID_HALF_DAY,
  isHoliday: yearlyDates((year) => [
    ...commonHolidaysOf(year),
    ...(year <= 2010 ? lastDaysOf(year) : CLOSED_IN_MADRID),
  ]),
  isHalfDay: yearlyDates(lastDaysOf),
  publishedYear: 2026,
})

/** Germany, Euronext, Switzerland, Italy, Spain. */
export const continentalEurope: readonly Market[] = [...GERMANY, ...EURONEXT, switzerland, italy, spain]
