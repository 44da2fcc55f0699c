// The sessions of each day as Yahoo tells them with a chart: a calendar of any symbol, half days included, for the days
// of the answer. They come as lists of days, or, with pre- and post-market, as three of these.

import type { Session } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { instantOf, type JsonRecord, listOf, recordOf } from '#services/backfill/chart/json_fields'

/** A session of a day: [start, end). */
export interface ChartPeriod {
  readonly session: Extract<Session, 'pre' | 'regular' | 'post'>
  readonly start: EpochMs
  readonly end: EpochMs
  /** When the regular session of its day begins. */
  readonly dayStart: EpochMs
}

/** The periods of all days by time; null when the answer does not say. */
export function readPeriods(meta: JsonRecord): readonly ChartPeriod[] | null {
  const given = meta.tradingPeriods
  const [regular, pre, post] = Array.isArray(given)
    ? [given, [], []]
    : ['regular', 'pre', 'post'].map((name) => listOf(recordOf(given)?.[name]) ?? [])
  const days = (regular ?? []).map((day) => spansOf(day))
  const periods = days.flatMap((spans, i) => {
    const dayStart = spans[0]?.start
    if (dayStart === undefined) return []
    return [
      ...spansOf(pre?.[i]).map((span) => ({ session: 'pre' as const, ...span, dayStart })),
      ...spans.map((span) => ({ session: 'regular' as const, ...span, dayStart })),
      ...spansOf(post?.[i]).map((span) => ({ session: 'post' as const, ...span, dayStart })),
    ]
  })
  return periods.length === 0 ? null : periods.sort((a, b) => a.start - b.start)
}

/** A day is a list of its spans, or the one that it has. */
function spansOf(day: unknown): { readonly start: EpochMs; readonly end: EpochMs }[] {
  const spans = listOf(day) ?? [day]
  return spans.flatMap((span) => {
    const [start, end] = [instantOf(recordOf(span)?.start), instantOf(recordOf(span)?.end)]
    return start === null || end === null || start >= end ? [] : [{ start, end }]
  })
}
