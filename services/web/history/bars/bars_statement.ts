// The SQL of a symbol's bars: the parts that count (parts.ts), or longer bars made of them. The sums are those of the
// views in sql/views.sql; a test compares the two.

import type { ReadRow } from '#lake-sql/reader/lake_reader'
import { type Session, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import type { BarsSelection } from '#services/web/history/bars/bars_selection'
import { partsSql } from '#services/web/history/bars/parts'

/** The statement; `barOf` reads its rows. */
export function barsSql(selection: BarsSelection): string {
  const { grainMs, barIntervalMs } = selection
  return `${partsSql(selection)}
  ${grainMs === barIntervalMs ? OWN_BARS : longerBars(grainMs)}`
}

const OWN_BARS = `SELECT start::DOUBLE, stop::DOUBLE, open, high, low, close, average, vwap, volume, "count"::DOUBLE,
    revision::DOUBLE, complete, origin, session, trade_day::DOUBLE FROM parts ORDER BY start`

/**
 * Windows begin at whole multiples, but a bar of history that is as long keeps the window that its source gave it, such
 * as an hour from the opening at half past nine.
 */
function longerBars(grainMs: number): string {
  return `SELECT opening::DOUBLE, max(CASE WHEN stands THEN stop ELSE opening + ${grainMs} END)::DOUBLE, ${SUMMED_UP}
    FROM (
      SELECT *, start % ${grainMs} <> 0 AND 2 * (stop - start) >= ${grainMs} AND origin = 'history' AS stands,
        CASE WHEN stands THEN start ELSE start // ${grainMs} * ${grainMs} END AS opening FROM parts
    )
    GROUP BY opening HAVING count(open) > 0 ORDER BY opening`
}

/**
 * What parts come to, from the opening on. The revision counts how often they were put out: it grows whenever one of
 * them changes. An average of some of the quotes alone would be none of the bar.
 */
export const SUMMED_UP = `arg_min(open, start), max(high), min(low), arg_max(close, start),
    CASE WHEN bool_and(origin = 'live') THEN sum(average * "count") / sum("count") END,
    CASE WHEN bool_and(origin = 'live') THEN sum(vwap * volume) / nullif(sum(volume) FILTER (vwap IS NOT NULL), 0) END,
    sum(volume), sum("count")::DOUBLE, (sum(puts) - 1)::DOUBLE, bool_and(complete),
    CASE WHEN min(origin) = max(origin) THEN min(origin) ELSE 'both' END,
    CASE WHEN min(session) = max(session) AND count(session) = count(open) THEN min(session) END,
    min(trade_day)::DOUBLE`

/** The bar in a row of the statement. */
export function barOf(row: ReadRow): BarRow {
  const [windowStart, windowEnd, open, high, low, close, average, vwap, volume, count, revision, complete] = row
  const [origin, session, day] = row.slice(12)
  return {
    windowStart: windowStart as EpochMs,
    windowEnd: windowEnd as EpochMs,
    open: open as number,
    high: high as number,
    low: low as number,
    close: close as number,
    average: average as number | null,
    vwap: vwap as number | null,
    volume: volume as number | null,
    count: count as number | null,
    revision: revision as number,
    complete: complete as boolean,
    origin: origin as BarRow['origin'],
    session: session as Session | null,
    tradeDate: day === null ? null : tradeDateText(day as number),
  }
}
