// How long a market was open in a stretch of time.

import type { Calendar } from '#calendar/calendar'
import { TRADE_DATE_MAX, TRADE_DATE_MIN } from '#calendar/limits'
import type { TradeDate } from '#market/session'
import { DAY_MS } from '#runtime/units'

/** Milliseconds of regular sessions in [from, to). A stretch within one span costs no more than `spanAt`. */
export function openTimeBetween(calendar: Calendar, from: number, to: number): number {
  return openTime(calendar, { from, to, enough: Number.POSITIVE_INFINITY })
}

/**
 * Whether there are more than `limitMs` of regular sessions in [from, to). It looks no further than it must, so on the
 * hot path a quote of long ago costs no more than one of yesterday.
 */
export function openTimeExceeds(
  calendar: Calendar,
  { from, to, limitMs }: { readonly from: number; readonly to: number; readonly limitMs: number },
): boolean {
  return openTime(calendar, { from, to, enough: limitMs }) > limitMs
}

/** Counts no further once there is more than enough. */
function openTime(
  calendar: Calendar,
  { from, to, enough }: { readonly from: number; readonly to: number; readonly enough: number },
): number {
  if (!(from < to)) return 0
  const first = calendar.spanAt(from)
  if (to <= first.end) return first.session === 'regular' ? to - from : 0
  let open = 0
  const last = lastDateUntil(to)
  for (let date = firstDateFrom(from); date <= last && open <= enough; date++) {
    for (const { start, end, session } of calendar.spansOf(date)) {
      if (session === 'regular') open += Math.max(0, Math.min(end, to) - Math.max(start, from))
    }
  }
  return open
}

/** A trading day ends at most a day after its date, and local time is less than a day from UTC. */
function firstDateFrom(instant: number): TradeDate {
  return Math.max(Math.floor(instant / DAY_MS) - 3, TRADE_DATE_MIN)
}

/** It begins at most a day before its date. */
function lastDateUntil(instant: number): TradeDate {
  return Math.min(Math.floor(instant / DAY_MS) + 2, TRADE_DATE_MAX)
}
