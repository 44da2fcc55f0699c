// What bars are made of, as SQL: our own bars, of the table and of the topic that it has not taken in yet, of each
// window the highest revision; and those of history beside them (history_parts.ts).

import { quoteText } from '#duckdb/quoting'
import { DAY_MS } from '#runtime/units'
import type { BarsSelection } from '#services/web/history/bars/bars_selection'
import { historyPartsSql } from '#services/web/history/bars/history_parts'
import { instantSql } from '#services/web/history/conditions'
import type { TopicBar } from '#services/web/live/seam'

const PRICES = 'open, high, low, close, average, vwap, volume, "count", revision, complete'

/**
 * A WITH clause that ends with the table expression `parts`: [start, stop) in milliseconds, the trade date
 * (`trade_day`, and `day`, the UTC date where it is not known) and the session, prices, where they are from (`live` or
 * `history`), and how often they were put out (`puts`). A part without prices is one that does not count. Our own say
 * whether their volume is measured from more than a bar's length before them (`reaches_back`).
 */
export function partsSql(selection: BarsSelection): string {
  const { history, isRegularOnly } = selection
  const own = `own AS (${ownSql(selection)})`
  const joined = history.length === 0 ? 'joined AS (FROM own)' : historyPartsSql(selection)
  const parts = `parts AS (FROM joined ${isRegularOnly ? `WHERE ${REGULAR}` : ''})`
  return `WITH ${[own, joined, parts].join(',\n')}`
}

/** Rows from before there were sessions do not say theirs. */
export const REGULAR = "(session = 'regular' OR session IS NULL)"

function ownSql(selection: BarsSelection): string {
  const { table, symbol, range, barIntervalMs, hasSessions, hasVolumeSince } = selection
  const live = selection.live.filter(({ windowStart: at }) => at >= range.from && at < range.to)
  const sessions = hasSessions ? 'trade_date, session' : 'NULL::DATE AS trade_date, NULL::VARCHAR AS session'
  const since = hasVolumeSince ? 'volume_since' : 'NULL::TIMESTAMPTZ AS volume_since'
  const kept = `SELECT window_start, ${PRICES}, ${sessions}, ${since}, source_offset FROM ${table}
    WHERE symbol = ${quoteText(symbol)}
    AND window_start >= ${instantSql(range.from)} AND window_start < ${instantSql(range.to)}`
  const all = [kept, ...(live.length === 0 ? [] : [`VALUES ${live.map(liveSql).join(', ')}`])]
  return `SELECT epoch_ms(window_start) AS start, epoch_ms(window_start) + ${barIntervalMs} AS stop,
    trade_date - DATE '1970-01-01' AS trade_day, coalesce(trade_day, epoch_ms(window_start) // ${DAY_MS}) AS day,
    session, ${PRICES}, 'live' AS origin, revision + 1 AS puts,
    coalesce(epoch_ms(volume_since) < start - ${barIntervalMs}, false) AS reaches_back
    FROM (${all.join(' UNION ALL ')})
    QUALIFY row_number() OVER (PARTITION BY window_start ORDER BY revision DESC, source_offset DESC NULLS FIRST) = 1`
}

/** A bar of the topic comes after those of the table: with the same revision it is the same bar. */
function liveSql(bar: TopicBar): string {
  const doubles = [bar.open, bar.high, bar.low, bar.close, bar.average, bar.vwap, bar.volume].map(doubleSql)
  const counts = `${bar.count}::BIGINT, ${bar.revision}::INTEGER, ${bar.complete}`
  const sessions = `${textSql(bar.tradeDate)}::DATE, ${textSql(bar.session)}::VARCHAR`
  const since = typeof bar.volumeSince === 'number' ? instantSql(bar.volumeSince) : 'NULL::TIMESTAMPTZ'
  return `(${instantSql(bar.windowStart)}, ${doubles.join(', ')}, ${counts}, ${sessions}, ${since}, NULL::BIGINT)`
}

/** As text, which becomes the nearest double; digits alone would be a decimal first. */
function doubleSql(value: number | null): string {
  return value === null ? 'NULL::DOUBLE' : `'${value}'::DOUBLE`
}

function textSql(text: string | null): string {
  return text === null ? 'NULL' : quoteText(text)
}
