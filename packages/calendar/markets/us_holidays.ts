// Holidays of the United States, as its exchanges keep them since 2000.

import {
  dateOf,
  easterOf,
  FRIDAY,
  MONDAY,
  nearestWorkday,
  partsOf,
  SUNDAY,
  THURSDAY,
  WEDNESDAY,
  weekdayFrom,
  weekdayOf,
  weekdayUntil,
} from '#calendar/civil_date'
import type { TradeDate } from '#market/session'

/** A Sunday's is kept on Monday, a Saturday's not at all. */
export function newYearOf(year: number): TradeDate {
  const first = dateOf(year, 1, 1)
  return weekdayOf(first) === SUNDAY ? first + 1 : first
}

/** Two days before Easter. */
export function goodFridayOf(year: number): TradeDate {
  return easterOf(year) - 2
}

/** The fourth Thursday of November. */
export function thanksgivingOf(year: number): TradeDate {
  return weekdayFrom(THURSDAY, dateOf(year, 11, 22))
}

/** 25 December, or the workday next to it. */
export function christmasOf(year: number): TradeDate {
  return nearestWorkday(dateOf(year, 12, 25))
}

/** The others: of Martin Luther King, Washington, Memorial, Juneteenth, Independence, Labor, Thanksgiving. */
export function federalHolidaysOf(year: number): readonly TradeDate[] {
  const holidays = [
    weekdayFrom(MONDAY, dateOf(year, 1, 15)),
    weekdayFrom(MONDAY, dateOf(year, 2, 15)),
    weekdayUntil(MONDAY, dateOf(year, 5, 31)),
    nearestWorkday(dateOf(year, 7, 4)),
    weekdayFrom(MONDAY, dateOf(year, 9, 1)),
    thanksgivingOf(year),
  ]
  return year >= 2022 ? [...holidays, nearestWorkday(dateOf(year, 6, 19))] : holidays
}

/**
 * The eves of Christmas and of 4 July, and the Friday after Thanksgiving. Before 2013 a Wednesday before 4 July was a
 * full day, and the Friday after it a half one.
 */
export function isUsHalfDay(date: TradeDate): boolean {
  const { year, month, day } = partsOf(date)
  const weekday = weekdayOf(date)
  if (date === thanksgivingOf(year) + 1) return true
  if (month === 12 && day === 24) return weekday <= THURSDAY
  if (month === 7 && day === 3) return weekday <= THURSDAY && (weekday !== WEDNESDAY || year >= 2013)
  return month === 7 && day === 5 && weekday === FRIDAY && year < 2013
}
