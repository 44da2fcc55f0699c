// Dates as numbers of days, and the rules by which holidays move: weekdays, the nth Monday, Easter. Gregorian, pure.

import type { TradeDate } from '#market/session'
import { DAY_MS } from '#runtime/units'

/** Days of the week as `weekdayOf` numbers them. */
export const SUNDAY = 0
export const MONDAY = 1
export const TUESDAY = 2
export const WEDNESDAY = 3
export const THURSDAY = 4
export const FRIDAY = 5
export const SATURDAY = 6

/** A date by its parts; months from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The date of a day in a month; days beyond the month's end go on into the next. Months from 1. */
export function dateOf(year: number, month: number, day: number): TradeDate {
  return Date.UTC(year, month - 1, day) / DAY_MS
}

/** The parts of a date. */
export function partsOf(date: TradeDate): CivilDate {
  const time = new Date(date * DAY_MS)
  return { year: time.getUTCFullYear(), month: time.getUTCMonth() + 1, day: time.getUTCDate() }
}

/** 0 for Sunday to 6 for Saturday. 1970-01-01 was a Thursday. */
export function weekdayOf(date: TradeDate): number {
  return (((date + THURSDAY) % 7) + 7) % 7
}

/** Whether a date is from Monday to Friday. */
export function isWorkday(date: TradeDate): boolean {
  const weekday = weekdayOf(date)
  return weekday !== SUNDAY && weekday !== SATURDAY
}

/** The first such weekday on or after a date. */
export function weekdayFrom(weekday: number, date: TradeDate): TradeDate {
  return date + ((weekday - weekdayOf(date) + 7) % 7)
}

/** The last such weekday on or before a date. */
export function weekdayUntil(weekday: number, date: TradeDate): TradeDate {
  return date - ((weekdayOf(date) - weekday + 7) % 7)
}

/** The same date; Friday for a Saturday, Monday for a Sunday. */
export function nearestWorkday(date: TradeDate): TradeDate {
  const weekday = weekdayOf(date)
  return weekday === SATURDAY ? date - 1 : weekday === SUNDAY ? date + 1 : date
}

/** Easter Sunday of a year, the first Sunday after the full moon of the church. Gregorian computus. */
export function easterOf(year: number): TradeDate {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const skippedLeapDays = century - Math.floor(century / 4)
  const moonShift = Math.floor((8 * century + 13) / 25)
  const epact = (19 * golden + skippedLeapDays - moonShift + 15) % 30
  const fullMoon = epact - Math.floor(epact / 28) * (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11))
  const weekday = (year + Math.floor(year / 4) + fullMoon + 2 - skippedLeapDays) % 7
  return dateOf(year, 3, 28 + fullMoon - weekday)
}

/** The next date that is neither Saturday nor Sunday; the same date if it is one. */
export function workdayFrom(date: TradeDate): TradeDate {
  const weekday = weekdayOf(date)
  return weekday === SATURDAY ? date + 2 : weekday === SUNDAY ? date + 1 : date
}

/** The last date up to this one that is neither Saturday nor Sunday. */
export function workdayUntil(date: TradeDate): TradeDate {
  const weekday = weekdayOf(date)
  return weekday === SATURDAY ? date - 1 : weekday === SUNDAY ? date - 2 : date
}
