// The SQL of a symbol's bars: those of the table and those of the topic that it has not taken in yet, of each window
// the highest revision, and longer bars made of them. The sums are those of the views in sql/views.sql; a test compares
// the two.

import { quoteText } from '#duckdb/quoting'
import type { Condition } from '#lake-sql/lake_source'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import type { TimeRange } from '#services/web/history/bars/grain'
import { instantSql, symbolIs, timeIn } from '#services/web/history/conditions'

/** Which bars: those of the symbol whose windows start in the range, rolled up to that length. */
export interface BarsSelection {
  readonly table: string
  readonly barIntervalMs: number
  readonly symbol: string
  /** Of whole windows of `grainMs`. */
  readonly range: TimeRange
  readonly grainMs: number
  /** Bars that the table may not have yet. */
  readonly live: readonly BarRow[]
}

/** The windows of that length that start in the range, whole. */
export function wholeWindows({ from, to }: TimeRange, ms: number): TimeRange {
  return { from: Math.ceil(from / ms) * ms, to: Math.ceil(to / ms) * ms }
}

/** What the table's rows must meet: for leaving out files. */
export function barConditions({ symbol, range }: Pick<BarsSelection, 'symbol' | 'range'>): readonly Condition[] {
  return [symbolIs(symbol), ...timeIn('window_start', range)]
}

const MEMBERS = 'window_start, open, high, low, close, average, vwap, volume, "count", revision, complete'

/** The statement; `barOf` reads its rows. */
export function barsSql(selection: BarsSelection): string {
  const { table, symbol, range, grainMs, barIntervalMs } = selection
  const live = selection.live.filter(({ windowStart: at }) => at >= range.from && at < range.to)
  const kept = `SELECT ${MEMBERS}, source_offset FROM ${table} WHERE symbol = ${quoteText(symbol)}
    AND window_start >= ${instantSql(range.from)} AND window_start < ${instantSql(range.to)}`
  const all = [kept, ...(live.length === 0 ? [] : [`VALUES ${live.map(liveSql).join(', ')}`])]
  return `WITH bars AS (
    SELECT epoch_ms(window_start) AS start, * FROM (${all.join(' UNION ALL ')})
    QUALIFY row_number() OVER (PARTITION BY window_start ORDER BY revision DESC, source_offset DESC NULLS FIRST) = 1
  )
  ${grainMs === barIntervalMs ? ownBars(barIntervalMs) : longerBars(grainMs)}`
}

function ownBars(barIntervalMs: number): string {
  return `SELECT start::DOUBLE, (start + ${barIntervalMs})::DOUBLE, open, high, low, close, average, vwap, volume,
    "count"::DOUBLE, revision::DOUBLE, complete FROM bars ORDER BY start`
}

/** The revision of a longer bar counts how often its bars were put out: it grows whenever one of them changes. */
function longerBars(grainMs: number): string {
  return `SELECT (start // ${grainMs} * ${grainMs})::DOUBLE AS longer_start, longer_start + ${grainMs},
    arg_min(open, start), max(high), min(low), arg_max(close, start), sum(average * "count") / sum("count"),
    sum(vwap * volume) / nullif(sum(volume) FILTER (vwap IS NOT NULL), 0), sum(volume), sum("count")::DOUBLE,
    (sum(revision + 1) - 1)::DOUBLE, bool_and(complete)
    FROM bars GROUP BY longer_start ORDER BY longer_start`
}

/** A bar of the topic comes after those of the table: with the same revision it is the same bar. */
function liveSql(bar: BarRow): string {
  const doubles = [bar.open, bar.high, bar.low, bar.close, bar.average, bar.vwap, bar.volume].map(doubleSql)
  const counts = `${bar.count}::BIGINT, ${bar.revision}::INTEGER, ${bar.complete}`
  return `(${instantSql(bar.windowStart)}, ${doubles.join(', ')}, ${counts}, NULL::BIGINT)`
}

/** As text, which becomes the nearest double; digits alone would be a decimal first. */
function doubleSql(value: number | null): string {
  return value === null ? 'NULL::DOUBLE' : `'${value}'::DOUBLE`
}

/** The bar in a row of the statement. */
export function barOf(row: ReadRow): BarRow {
  const [windowStart, windowEnd, open, high, low, close, average, vwap, volume, count, revision, complete] = row
  return {
    windowStart: windowStart as EpochMs,
    windowEnd: windowEnd as EpochMs,
    open: open as number,
    high: high as number,
    low: low as number,
    close: close as number,
    average: average as number,
    vwap: vwap as number | null,
    volume: volume as number | null,
    count: count as number,
    revision: revision as number,
    complete: complete as boolean,
  }
}
