// Lakes with bars, quotes and history of which nothing matters but when they are: for tests of gaps.

import { appendRows } from '#support/lake/sql_lake'

/** A symbol, and the ISO time at which a window of it begins. */
export interface WindowOf {
  readonly symbol: string
  readonly start: string
}

/** The windows of a symbol that begin from a time on, one a minute. */
export function minutesOf(symbol: string, from: string, count: number): readonly WindowOf[] {
  const first = Date.parse(from)
  return Array.from({ length: count }, (_, i) => ({ symbol, start: new Date(first + i * 60_000).toISOString() }))
}

const PRICES = '1 AS open, 1 AS high, 1 AS low, 1 AS close'

function provenance(topic: string): string {
  return `'${topic}' AS source_topic, 0 AS source_partition, row_number() OVER () AS source_offset`
}

function windows(rows: readonly WindowOf[]): string {
  const values = rows.map(({ symbol, start }) => `('${symbol}', TIMESTAMPTZ '${start}')`)
  return `(VALUES ${values.join(', ')}) given(symbol, window_start)`
}

/** Appends live bars of a minute. */
export async function appendLiveBars(lake: string, rows: readonly WindowOf[]): Promise<void> {
  const facts = `window_start + INTERVAL 1 minute AS window_end, ${PRICES}, 1 AS average, 1 AS "count", 0 AS revision,
    'watermark' AS closed_by, true AS complete, 0 AS first_offset, 0 AS last_offset, window_start AS ingest_time,
    window_start AS processing_time, ${provenance('stock-bars-1m')}, window_start::DATE AS date`
  await appendRows(lake, 'bars_1m', `SELECT *, ${facts} FROM ${windows(rows)}`)
}

/** Appends bars of a minute of history. */
export async function appendHistoryBars(lake: string, rows: readonly WindowOf[]): Promise<void> {
  const facts = `'1m' AS grain, window_start + INTERVAL 1 minute AS window_end, ${PRICES},
    window_start::DATE AS trade_date, 'regular' AS session, true AS is_final, 'yahoo' AS source,
    window_start AS fetched_at, window_start AS ingest_time, window_start AS processing_time,
    ${provenance('stock-history-bars')}, window_start::DATE AS date`
  await appendRows(lake, 'history_bars', `SELECT *, ${facts} FROM ${windows(rows)}`)
}

/** A day of history, covered between two ISO times. */
export interface DayOf {
  readonly symbol: string
  readonly tradeDate: string
  readonly from: string
  readonly until: string
}

/** Appends days of history, and their regular hours as they are covered. */
export async function appendHistoryDays(lake: string, days: readonly DayOf[]): Promise<void> {
  const values = days.map(
    ({ symbol, tradeDate, from, until }) =>
      `('${symbol}', DATE '${tradeDate}', TIMESTAMPTZ '${from}', TIMESTAMPTZ '${until}')`,
  )
  const facts = `'1m' AS grain, 'partial' AS state, 0 AS bars, covered_from AS regular_start,
    covered_until AS regular_end, 'yahoo' AS source, covered_until AS fetched_at, covered_until AS ingest_time,
    covered_until AS processing_time, ${provenance('stock-history-days')}, trade_date AS date`
  const given = `(VALUES ${values.join(', ')}) given(symbol, trade_date, covered_from, covered_until)`
  await appendRows(lake, 'history_days', `SELECT *, ${facts} FROM ${given}`)
}

/** A quote, and what it says of its market. */
export interface QuoteOf {
  readonly symbol: string
  readonly time: string
  readonly exchange?: string
  readonly zone?: string
  /** `yahoo` by default. */
  readonly source?: string
  /** How long after its time the log took it in; 0 by default. */
  readonly delayMinutes?: number
}

/** Appends quotes. */
export async function appendQuotes(lake: string, quotes: readonly QuoteOf[]): Promise<void> {
  const text = (value: string | undefined) => (value === undefined ? 'NULL' : `'${value}'`)
  const values = quotes.map(({ symbol, time, exchange, zone, source = 'yahoo', delayMinutes = 0 }) => {
    const extra = zone === undefined ? 'NULL' : `'{"exchangeTimezoneName":"${zone}"}'`
    return `('${symbol}', TIMESTAMPTZ '${time}', ${text(exchange)}, ${extra}, '${source}', ${delayMinutes})`
  })
  const facts = `1 AS price, event_time + to_minutes(delay) AS ingest_time, ingest_time AS processing_time,
    ${provenance('stock-prices')}, event_time::DATE AS date`
  const given = `(VALUES ${values.join(', ')}) given(symbol, event_time, exchange, extra, source, delay)`
  await appendRows(lake, 'stocks', `SELECT * EXCLUDE (delay), ${facts} FROM ${given}`)
}
