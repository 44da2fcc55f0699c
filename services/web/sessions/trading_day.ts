// The trading day of a market: from the first session of its trade date to the first one of the next. Nights and
// weekends belong to the day before them, so there is always one.

import type { Calendar, Calendars } from '#calendar/calendar'
import type { TradeDate } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'

/** A day whose sessions are [start, end); it stays the newest one until `until`. */
export interface TradingDay {
  readonly date: TradeDate
  readonly start: EpochMs
  /** When its last session ends. */
  readonly end: EpochMs
  /** When the next one begins. */
  readonly until: EpochMs
}

/** Spans that are looked through for the next day: more are in no week. */
const SPANS_MAX = 100

/** The trading day that an instant belongs to. */
export function tradingDayAt(calendar: Calendar, instant: number): TradingDay {
  let span = calendar.spanAt(instant)
  const date = span.tradeDate
  for (let spans = 0; spans < SPANS_MAX && span.tradeDate === date; spans++) span = calendar.spanAt(span.end)
  const until = span.tradeDate === date ? Number.POSITIVE_INFINITY : span.start
  return { date, ...sessionsOf(calendar, date), until: until as EpochMs }
}

/** When the longest trading day of all markets began: on a Sunday that of Friday, which some begin on Thursday. */
export function longestDayStart({ all }: Calendars, now: number): EpochMs {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  return Math.min(today, ...all.map((calendar) => tradingDayAt(calendar, now).start)) as EpochMs
}

/**
 * From the first session of a trade date to the end of its last; of a date on which nothing trades it is the UTC day,
 * so that these follow each other as the dates do.
 */
export function sessionsOf(calendar: Calendar, date: TradeDate): Pick<TradingDay, 'start' | 'end'> {
  const spans = calendar.spansOf(date)
  const [first, last] = [spans[0], spans.at(-1)]
  if (first === undefined || last === undefined) {
    return { start: (date * DAY_MS) as EpochMs, end: ((date + 1) * DAY_MS) as EpochMs }
  }
  return { start: first.start, end: last.end }
}

/** How long regular hours are on a trade date. */
export function regularMsOf(calendar: Calendar, date: TradeDate): number {
  return calendar
    .spansOf(date)
    .reduce((ms, { session, start, end }) => (session === 'regular' ? ms + end - start : ms), 0)
}

/** The dates whose days start in [from, to): the first, and the one after the last. */
export function datesStartingIn(
  calendar: Calendar,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly first: TradeDate; readonly end: TradeDate } {
  return { first: firstStartingFrom(calendar, from), end: firstStartingFrom(calendar, to) }
}

/** A trading day starts less than two days off its date. */
function firstStartingFrom(calendar: Calendar, time: number): TradeDate {
  let date = Math.floor(time / DAY_MS) - 2
  while (sessionsOf(calendar, date).start < time) date++
  return date
}
