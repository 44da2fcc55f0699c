// Sets of dates: some as a list, others by a rule for each year.

import { dateOf, easterOf, FRIDAY, partsOf, SATURDAY, SUNDAY, weekdayOf } from '#calendar/civil_date'
import { parseTradeDate, type TradeDate } from '#market/session'

/** The dates in a text `2012-10-29 2012-10-30`. Throws a RangeError when one of them is not a date. */
export function datesOf(text: string): ReadonlySet<TradeDate> {
  return new Set(text.trim().split(/\s+/).map(dateIn))
}

function dateIn(text: string): TradeDate {
  const date = parseTradeDate(text)
  if (date === null) throw new RangeError(`${text} is not a date`)
  return date
}

/**
 * Days by their year, out of a text such as `2026 0217 0218 2027 0206`: a year, then days of it as month and day.
 * Where days follow no rule, a market has them in such a table.
 */
export function daysByYear(text: string): ReadonlyMap<number, readonly TradeDate[]> {
  const table = new Map<number, TradeDate[]>()
  let year = 0
  for (const number of text.trim().split(/\s+/)) {
    if (number.startsWith('20')) year = Number(number)
    else
      table.set(year, [...(table.get(year) ?? []), dateOf(year, Number(number.slice(0, 2)), Number(number.slice(2)))])
  }
  return table
}

/** Whether a date is one of those that a rule gives for its year. A rule is asked once for each year. */
export function yearlyDates(datesIn: (year: number) => Iterable<TradeDate>): (date: TradeDate) => boolean {
  const byYear = new Map<number, ReadonlySet<TradeDate>>()
  return (date) => {
    const { year } = partsOf(date)
    let dates = byYear.get(year)
    if (dates === undefined) {
      dates = new Set(datesIn(year))
      byYear.set(year, dates)
    }
    return dates.has(date)
  }
}

/** The days of a year in a text such as `01-01 12-25`. */
export function daysOf(year: number, text: string): readonly TradeDate[] {
  return text.split(' ').map((day) => dateOf(year, Number(day.slice(0, 2)), Number(day.slice(3))))
}

/** Good Friday and Easter Monday. */
export function easterHolidaysOf(year: number): readonly TradeDate[] {
  const easter = easterOf(year)
  return [easter - 2, easter + 1]
}

/** 25 and 26 December, and for each on a Saturday or Sunday the next workday that is free. */
export function christmasHolidaysOf(year: number): readonly TradeDate[] {
  const christmas = dateOf(year, 12, 25)
  return [
    christmas,
    christmas + 1,
    ...(CHRISTMAS_SUBSTITUTES[weekdayOf(christmas)] ?? []).map((day) => christmas + day),
  ]
}

/** Days after Christmas, where it is a Sunday, a Friday or a Saturday. */
const CHRISTMAS_SUBSTITUTES: Readonly<Record<number, readonly number[]>> = {
  [SUNDAY]: [2],
  [FRIDAY]: [3],
  [SATURDAY]: [2, 3],
}
