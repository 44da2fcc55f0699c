// Bars of trading days: made of the day's bars where these cover its regular hours, else as history has the day.

import type { Calendar } from '#calendar/calendar'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import { type TradeDate, tradeDateText } from '#market/session'
import { DAY_MS } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import type { BarsSelection, Dates } from '#services/web/history/bars/bars_selection'
import { barOf, SUMMED_UP } from '#services/web/history/bars/bars_statement'
import type { TimeRange } from '#services/web/history/bars/grain'
import { partsSql, REGULAR } from '#services/web/history/bars/parts'
import { COVERED_SHARE, REST_MS_MAX } from '#services/web/history/limits'
import { regularMsOf, sessionsOf, tradingDayAt } from '#services/web/sessions/trading_day'

/**
 * When bars of these dates may start. Older rows are of their UTC date, and what is quoted after a day's last session
 * is of that day until the next one begins.
 */
export function rangeOfDates(calendar: Calendar, { first, end }: Dates): TimeRange {
  const from = Math.min(first * DAY_MS, sessionsOf(calendar, first).start)
  const last = sessionsOf(calendar, end - 1)
  const until = Math.min(tradingDayAt(calendar, last.start).until, last.end + REST_MS_MAX)
  return { from, to: Math.max(end * DAY_MS, until) }
}

/** `dayBars` reads its rows. */
export function dayBarsSql(selection: BarsSelection, { first, end }: Dates): string {
  const days = `day >= ${first} AND day < ${end}`
  const rolledUp = `SELECT day::DOUBLE, coalesce(sum(stop - start) FILTER (open IS NOT NULL AND ${REGULAR}), 0)::DOUBLE,
    ${SUMMED_UP} FROM parts WHERE ${days} GROUP BY day HAVING count(open) > 0`
  const ofHistory = `SELECT day::DOUBLE, NULL, open, high, low, close, NULL, NULL, volume, NULL, revision::DOUBLE,
    complete, 'history', session, NULL FROM history WHERE grain = '1d' AND ${days}`
  const hasDays = selection.history.includes('1d')
  return `${partsSql(selection)}\n${hasDays ? `${rolledUp} UNION ALL ${ofHistory}` : rolledUp}`
}

/** The bars of days in the statement's rows, by time; each has the window of its trading day. */
export function dayBars(rows: readonly ReadRow[], calendar: Calendar): readonly BarRow[] {
  const [rolledUp, history] = [new Map<TradeDate, ReadRow>(), new Map<TradeDate, ReadRow>()]
  for (const row of rows) (row[COVERED] === null ? history : rolledUp).set(row[DAY] as TradeDate, row)
  const days = [...new Set([...rolledUp.keys(), ...history.keys()])].sort((a, b) => a - b)
  return days.map((day) => dayBar(day, { calendar, rolledUp: rolledUp.get(day), history: history.get(day) }))
}

/** In place of the window's start and end: the day, and how much of its regular hours is covered, null of history. */
const DAY = 0
const COVERED = 1

interface DayParts {
  readonly calendar: Calendar
  readonly rolledUp: ReadRow | undefined
  readonly history: ReadRow | undefined
}

function dayBar(day: TradeDate, { calendar, rolledUp, history }: DayParts): BarRow {
  const covered = (rolledUp?.[COVERED] ?? -1) as number
  const isCovered = covered >= COVERED_SHARE * regularMsOf(calendar, day)
  const window = sessionsOf(calendar, day)
  const bars = [rolledUp, history].flatMap((row) => (row === undefined ? [] : [barOf(row)]))
  // A day of history that is not final is not the whole day: whatever else there is goes before it.
  const counts = history !== undefined && !isCovered && (covered < 0 || isFinal(history)) ? bars.at(-1) : bars[0]
  const puts = bars.reduce((sum, { revision }) => sum + revision + 1, 0)
  return {
    ...(counts as BarRow),
    ...{ windowStart: window.start, windowEnd: window.end },
    ...{ revision: puts - 1, tradeDate: tradeDateText(day) },
  }
}

function isFinal(row: ReadRow): boolean {
  return barOf(row).complete
}
