// What the live part begins with, as SQL: each symbol's newest quote, or where that is long ago its newest bar, and its
// line of today. What is read is bounded, however long the tables are.

import { recordCount, statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { EpochMs } from '#runtime/units'
import { instantSql } from '#services/web/history/conditions'
import { LINE_POINTS_MAX, SEED_QUOTES_MAX } from '#services/web/history/limits'
import type { SeedQuote } from '#services/web/live/seam'

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

/** The newest bar of each symbol as its newest quote, as far as that is known of it. */
export function lastBarsSql(table: string): string {
  return `SELECT symbol, arg_max(close, row(window_start, revision)), (epoch_ms(max(window_end)) - 1)::DOUBLE,
    NULL::DOUBLE, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR
    FROM ${table} GROUP BY symbol`
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

/** Of each symbol the last close of equal steps since `day`, and when it was. */
export function linesSql(table: string, { day, stepMs }: { readonly day: EpochMs; readonly stepMs: number }): string {
  return `SELECT symbol, list(time ORDER BY time), list(price ORDER BY time) FROM (
    SELECT symbol, epoch_ms(max(window_end))::DOUBLE AS time, arg_max(close, row(window_start, revision)) AS price
    FROM ${table} WHERE window_start >= ${instantSql(day)}
    GROUP BY symbol, epoch_ms(window_start) // ${stepMs}
  ) GROUP BY symbol`
}

/** The step that makes LINE_POINTS_MAX points of the time since then, in whole bars. */
export function lineStepMs(sinceMs: number, barIntervalMs: number): number {
  return Math.max(1, Math.ceil(sinceMs / LINE_POINTS_MAX / barIntervalMs)) * barIntervalMs
}

/** The line in a row, by its symbol. */
export function lineOf([symbol, times, prices]: ReadRow): readonly [symbol: string, line: SeedQuote['line']] {
  const priceOf = prices as readonly number[]
  return [symbol as string, (times as readonly number[]).map((time, i) => [time as EpochMs, priceOf[i] as number])]
}
