// Bars of history beside our own, as SQL. Of a window of our own length our bar counts where it is complete, else that
// of history, else ours: the rule of the view bars_all. A longer bar of history counts where what is finer does not
// cover its window; so of each stretch of time the finest counts that covers it.

import { quoteText } from '#duckdb/quoting'
import type { HistoryGrain } from '#market/history/history_bar'
import type { BarsSelection } from '#services/web/history/bars/bars_selection'
import { HISTORY_GRAIN_MS } from '#services/web/history/bars/history_grains'
import { instantSql } from '#services/web/history/conditions'
import { COVERED_SHARE } from '#services/web/history/limits'

/** What the table is called. */
export const HISTORY_TABLE = 'history_bars'

/** Table expressions after `own`: `history`, all of it, and `joined`, what counts. Days are joined in day_bars.ts. */
export function historyPartsSql(selection: BarsSelection): string {
  const { history, barIntervalMs, grainMs } = selection
  const longer = history.filter((grain) => grain !== '1d' && HISTORY_GRAIN_MS[grain] > barIntervalMs)
  const same = history.find((grain) => HISTORY_GRAIN_MS[grain] === barIntervalMs && grain !== '1d')
  const steps = longer.map((grain, i) => longerSql(grain, { from: `joined_${i}`, to: `joined_${i + 1}` }))
  const last = `joined_${longer.length}`
  // What does not count is still a reason to put a longer bar out again.
  const others = `UNION ALL BY NAME SELECT start, stop, day, puts FROM ${last} WHERE NOT counts`
  return [
    `history AS (${historySql(selection)})`,
    `joined_0 AS (${sameSql(same)})`,
    ...steps,
    `joined AS (SELECT * EXCLUDE (counts) FROM ${last} WHERE counts ${grainMs === barIntervalMs ? '' : others})`,
  ].join(',\n')
}

/** Of each window what was fetched last. Bars of days are one a day, whatever their window is. */
function historySql({ symbol, range, history }: BarsSelection): string {
  return `SELECT grain, epoch_ms(window_start) AS start, epoch_ms(window_end) AS stop,
    trade_date - DATE '1970-01-01' AS trade_day, trade_day AS day, session, open, high, low, close,
    NULL::DOUBLE AS average, NULL::DOUBLE AS vwap, volume, NULL::BIGINT AS "count", is_final AS complete,
    'history' AS origin, count(*) OVER (fetches ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS puts,
    puts - 1 AS revision
    FROM ${HISTORY_TABLE} WHERE symbol = ${quoteText(symbol)} AND grain IN (${history.map(quoteText).join(', ')})
    AND window_start >= ${instantSql(range.from)} AND window_start < ${instantSql(range.to)}
    WINDOW fetches AS (
      PARTITION BY grain, CASE WHEN grain = '1d' THEN trade_day ELSE start END
      ORDER BY fetched_at DESC, source_offset DESC
    )
    QUALIFY row_number() OVER fetches = 1`
}

/** Where the volume of our bar has what was traded before it, too, that of history takes its place: as in bars_all. */
function sameSql(grain: HistoryGrain | undefined): string {
  if (grain === undefined) return 'SELECT *, true AS counts FROM own'
  const isGrain = `grain = ${quoteText(grain)}`
  const givesWay = 'reaches_back AND other_volume IS NOT NULL'
  return `SELECT own.* REPLACE (
      CASE WHEN ${givesWay} THEN other_volume ELSE volume END AS volume,
      CASE WHEN ${givesWay} THEN NULL ELSE vwap END AS vwap
    ), complete OR other IS NULL AS counts
    FROM own
    LEFT JOIN (SELECT start AS other, volume AS other_volume FROM history WHERE ${isGrain}) ON start = other
    UNION ALL BY NAME
    SELECT history.* EXCLUDE (grain), other IS NULL AS counts
    FROM history LEFT JOIN (SELECT start AS other FROM own WHERE complete) ON start = other WHERE ${isGrain}`
}

/** One that is not final is not the whole of its window: any finer bar is better. */
function longerSql(grain: HistoryGrain, { from, to }: { readonly from: string; readonly to: string }): string {
  const [held, covered, longer] = [`${to}_held`, `${to}_covered`, `${to}_longer`]
  const own = `(SELECT start AS held_start, stop AS held_stop FROM history WHERE grain = ${quoteText(grain)})`
  const isFree = `CASE WHEN complete THEN coalesce(ms, 0) < ${COVERED_SHARE} * (stop - start) ELSE ms IS NULL END`
  return `${held} AS (FROM ${from} ASOF LEFT JOIN ${own} ON start >= held_start),
  ${covered} AS (
    SELECT held_start, sum(stop - start) AS ms FROM ${held} WHERE counts AND start < held_stop GROUP BY held_start
  ),
  ${longer} AS (
    SELECT history.* EXCLUDE (grain), ${isFree} AS counts
    FROM history LEFT JOIN ${covered} ON held_start = start WHERE grain = ${quoteText(grain)}
  ),
  ${to} AS (
    SELECT finer.* EXCLUDE (held_start, held_stop)
      REPLACE (finer.counts AND NOT coalesce(finer.start < held_stop AND longer.counts, false) AS counts)
    FROM ${held} AS finer LEFT JOIN ${longer} AS longer ON longer.start = held_start
    UNION ALL BY NAME FROM ${longer}
  )`
}
