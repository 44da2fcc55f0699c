// What rows are asked to meet, said twice: as conditions by which files are left out, and as SQL for the rows in them.

import type { Condition } from '#lake-sql/lake_source'
import { DAY_MS } from '#runtime/units'
import type { TimeRange } from '#services/web/history/bars/grain'

type Comparison = Extract<Condition, { kind: 'compare' }>['comparison']

/** Rows of the symbol. */
export function symbolIs(symbol: string): Condition {
  return compare('symbol', '=', { type: 'VARCHAR', value: symbol })
}

/** Rows whose time in that column is in the range; their date goes by it. */
export function timeIn(column: string, { from, to }: TimeRange): readonly Condition[] {
  const dates = datesBetween(Math.floor(from / DAY_MS), Math.floor((to - 1) / DAY_MS))
  return [...dates, timeFrom(column, from), compare(column, '<', instant(to))]
}

/**
 * The same for a table of history: longer bars are kept under the first date of their month or year, which is no later
 * than the first one of the year that the range begins in.
 */
export function historyTimeIn(column: string, { from, to }: TimeRange): readonly Condition[] {
  const yearStart = Date.UTC(new Date(from).getUTCFullYear(), 0, 1) / DAY_MS
  const dates = datesBetween(yearStart, Math.floor((to - 1) / DAY_MS))
  return [...dates, timeFrom(column, from), compare(column, '<', instant(to))]
}

/** Rows whose time in that column is `from` or later, whatever their date is. */
export function timeFrom(column: string, from: number): Condition {
  return compare(column, '>=', instant(from))
}

function instant(time: number) {
  return { type: 'TIMESTAMP WITH TIME ZONE', value: time * 1000 }
}

/** Rows of the dates from the first to the last, as days since 1970-01-01. */
export function datesBetween(first: number, last: number): readonly Condition[] {
  const date = (value: number) => ({ type: 'DATE', value })
  return [compare('date', '>=', date(first)), compare('date', '<=', date(last))]
}

function compare(
  column: string,
  comparison: Comparison,
  constant: { type: string; value: string | number },
): Condition {
  return { kind: 'compare', column, comparison, constant }
}

/** An instant as a constant that DuckDB compares with the files' own statistics. */
export function instantSql(time: number): string {
  return `make_timestamptz(${BigInt(time) * 1000n})`
}
