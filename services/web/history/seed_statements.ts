// What the live part begins with, as SQL: each symbol's newest quote, or where that is long ago its newest bar, and its
// line of the trading day. What is read is bounded, however long the tables are.

import { recordCount, statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import { DAY_MS, type EpochMs } from '#runtime/units'
import { instantSql } from '#services/web/history/conditions'
import { LINE_POINTS_MAX, SEED_QUOTES_MAX } from '#services/web/history/limits'
import type { SeedLine, SeedQuote } from '#services/web/live/seam'

/** A version of the table of quotes, as if it had its newest files alone. */
export function newestQuotes(snapshot: Snapshot | undefined): Snapshot | undefined {
  if (snapshot === undefined) return undefined
  const files = new Map<string, AddFile>()
  let rows = 0
  for (const [identity, file] of [...snapshot.files].sort(([, a], [, b]) => newestTime(b) - newestTime(a))) {
    rows += recordCount(file) ?? 0
    if (files.size > 0 && rows > SEED_QUOTES_MAX) break
    files.set(identity, file)
  }
  return { ...snapshot, files }
}

/** A file whose statistics do not tell may be the newest of its date. */
function newestTime(file: AddFile): number {
  const { maxValues } = statisticsOf(file)
  const text = (maxValues as Readonly<Record<string, unknown>> | undefined)?.event_time
  return Date.parse(typeof text === 'string' ? text : `${file.partitionValues.date ?? ''}T23:59:59Z`) || 0
}

/** `quoteOf` reads its rows. */
export const QUOTES_SQL = `SELECT symbol, newest.price, epoch_ms(newest.event_time)::DOUBLE, newest.previous_close,
  newest.currency, newest.exchange, newest.market_state, newest.source
  FROM (
    SELECT symbol, arg_max(
      {price: price, event_time: event_time, previous_close: previous_close, currency: currency, exchange: exchange,
       market_state: market_state, source: source},
      row(event_time, source_offset)
    ) AS newest
    FROM stocks GROUP BY symbol
  )`

/** The tables of bars: ours, and that of history with its bars as long as ours. */
export interface SeedTables {
  readonly bars: string
  /** Null: there are none. */
  readonly history: { readonly table: string; readonly grain: string } | null
}

/** Ours go before those of history where both have a window. */
function barsOfBoth({ bars, history }: SeedTables, since: EpochMs): string {
  const from = `window_start >= ${instantSql(since)}`
  const ours = `SELECT symbol, window_start, window_end, close, revision FROM ${bars} WHERE ${from}`
  if (history === null) return ours
  return `${ours} UNION ALL SELECT symbol, window_start, window_end, close, -1 FROM ${history.table}
    WHERE grain = ${quoteText(history.grain)} AND ${from}`
}

/** The newest bar of each symbol as its newest quote, as far as that is known of it. */
export function lastBarsSql(tables: SeedTables, since: EpochMs): string {
  return `SELECT symbol, arg_max(close, row(window_start, revision)), (epoch_ms(max(window_end)) - 1)::DOUBLE,
    NULL::DOUBLE, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR
    FROM (${barsOfBoth(tables, since)}) GROUP BY symbol`
}

/** The quote in a row of either. */
export function quoteOf(row: ReadRow): Omit<SeedQuote, 'line'> {
  const [symbol, price, eventTime, previousClose, currency, exchange, marketState, source] = row
  return {
    symbol: symbol as string,
    price: price as number,
    eventTime: eventTime as EpochMs,
    previousClose: previousClose as number | null,
    currency: currency as string | null,
    exchange: exchange as string | null,
    marketState: marketState as string | null,
    source: source as string | null,
  }
}

/** Of each symbol the last close of equal steps since then, and when it was. */
export function linesSql(tables: SeedTables, { since, stepMs }: { since: EpochMs; stepMs: number }): string {
  return `SELECT symbol, list(time ORDER BY time), list(price ORDER BY time) FROM (
    SELECT symbol, epoch_ms(max(window_end))::DOUBLE AS time, arg_max(close, row(window_start, revision)) AS price
    FROM (${barsOfBoth(tables, since)}) GROUP BY symbol, epoch_ms(window_start) // ${stepMs}
  ) GROUP BY symbol`
}

/** The step that makes LINE_POINTS_MAX points of a day, in whole bars. */
export function lineStepMs(barIntervalMs: number): number {
  return Math.max(1, Math.ceil(DAY_MS / LINE_POINTS_MAX / barIntervalMs)) * barIntervalMs
}

/** The line in a row, by its symbol. */
export function lineOf([symbol, times, prices]: ReadRow): readonly [symbol: string, line: SeedLine] {
  const priceOf = prices as readonly number[]
  return [symbol as string, (times as readonly number[]).map((time, i) => [time as EpochMs, priceOf[i] as number])]
}
