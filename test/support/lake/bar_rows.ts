// Rows of live bars and of bars of history, for tests that fill their tables by hand.

import { appendRows } from '#support/lake/sql_lake'

/** A bar as a test tells it. */
export interface BarRow {
  readonly symbol?: string
  readonly at: string
  readonly close: number
  readonly volume?: number | null
  readonly tradeDate?: string | null
  readonly session?: string | null
}

/** A live one. */
export interface LiveRow extends BarRow {
  readonly complete?: boolean
  readonly revision?: number
  /** What the volume is measured from; null of sizes. Undefined: the table may lack the column. */
  readonly volumeSince?: string | null
}

/** One of history. */
export interface HistoryRow extends BarRow {
  readonly grain?: string
  readonly isFinal?: boolean
  readonly fetchedAt?: string
}

const sqlOf = (value: string | number | boolean | null | undefined) => {
  if (value === null || value === undefined) return 'NULL'
  return typeof value === 'string' ? `'${value}'` : String(value)
}

let rowsMade = 0

/** The columns of where a row is from: each has an offset of its own. */
export const provenanceSql = (topic: string) => {
  const at = ++rowsMade
  return `'${topic}' AS source_topic, 0 AS source_partition, ${at} AS source_offset, now() AS ingest_time,
    now() AS processing_time`
}

/** The columns that live bars and bars of history have in common. */
export const pricesSql = ({
  symbol = 'A',
  at,
  close,
  volume = 100,
  tradeDate = at.slice(0, 10),
  session = 'regular',
}: BarRow) =>
  `SELECT '${symbol}' AS symbol, TIMESTAMPTZ '${at}Z' AS window_start, ${close - 1} AS open, ${close + 2} AS high,
    ${close - 2} AS low, ${close} AS close, ${sqlOf(volume)} AS volume, ${sqlOf(tradeDate)}::DATE AS trade_date,
    ${sqlOf(session)} AS session`

/** Live bars, of one commit; the minutes are those of the table. */
export async function appendLive(folder: string, bars: readonly LiveRow[], minutes = 1): Promise<void> {
  const selects = bars.map(({ complete = true, revision = 0, volumeSince, ...bar }) => {
    const facts = `${bar.close} AS average, ${bar.close} AS vwap, 7 AS "count", ${complete} AS complete,
      ${revision} AS revision, 'watermark' AS closed_by, 0 AS first_offset, 1 AS last_offset`
    const since =
      volumeSince === undefined ? '' : `${sqlOf(volumeSince && `${volumeSince}Z`)}::TIMESTAMPTZ AS volume_since,`
    return `SELECT *, window_start + INTERVAL ${minutes} minute AS window_end, ${since} ${facts},
      ${provenanceSql('bars')}, window_start::DATE AS date FROM (${pricesSql(bar)})`
  })
  await appendRows(folder, `bars_${minutes}m`, selects.join(' UNION ALL BY NAME '))
}

/** Bars of history, of one commit. */
export async function appendHistory(folder: string, bars: readonly HistoryRow[]): Promise<void> {
  const selects = bars.map(({ grain = '1m', isFinal = true, fetchedAt = '2026-11-28T10:00:00', ...bar }) => {
    const facts = `'${grain}' AS grain, ${isFinal} AS is_final, 'yahoo' AS source,
      TIMESTAMPTZ '${fetchedAt}Z' AS fetched_at`
    return `SELECT *, window_start + INTERVAL 1 minute AS window_end, ${facts}, ${provenanceSql('history')},
      window_start::DATE AS date FROM (${pricesSql(bar)})`
  })
  await appendRows(folder, 'history_bars', selects.join(' UNION ALL BY NAME '))
}
