// The tables of a source's history: bars, what is known of each trading day, splits and dividends. A row is added
// whenever something is fetched; of several rows with one key the last one fetched counts (the view `history`).

import { readFields } from '#lake/record_to_row'
import { field, optionalField, ownIngestTime, ownProcessingTime, type TableSpec } from '#lake/table_spec'
import { parseTradeDate } from '#market/session'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC } from '#market/topics'
import { DAY_MS } from '#runtime/units'

const historyBars: TableSpec = {
  name: 'history_bars',
  description: "Bars out of a source's history, each as it was fetched; of a symbol, grain and window the last counts.",
  topic: HISTORY_BARS_TOPIC,
  columns: [
    field('symbol', 'string', 'symbol'),
    field('grain', 'string', 'grain'),
    field('window_start', 'timestamp', 'windowStart'),
    field('window_end', 'timestamp', 'windowEnd'),
    field('open', 'double', 'open'),
    field('high', 'double', 'high'),
    field('low', 'double', 'low'),
    field('close', 'double', 'close'),
    optionalField('volume', 'double', 'volume'),
    field('trade_date', 'date', 'tradeDate'),
    field('session', 'string', 'session'),
    optionalField('currency', 'string', 'currency'),
    optionalField('exchange', 'string', 'exchange'),
    field('is_final', 'boolean', 'isFinal'),
    field('source', 'string', 'source'),
    field('fetched_at', 'timestamp', 'fetchedAt'),
    ownIngestTime,
    ownProcessingTime,
  ],
  read: readFields,
  dateOf: ({ fields }) => dateStart(fields.windowStart, fields.grain),
  sortedBy: ['symbol', 'window_start'],
}

const historyDays: TableSpec = {
  name: 'history_days',
  description:
    "What was fetched of each trading day of a symbol's history; of a symbol, grain and date the last counts.",
  topic: HISTORY_DAYS_TOPIC,
  columns: [
    field('symbol', 'string', 'symbol'),
    field('grain', 'string', 'grain'),
    field('trade_date', 'date', 'tradeDate'),
    field('state', 'string', 'state'),
    field('bars', 'integer', 'bars'),
    optionalField('covered_from', 'timestamp', 'coveredFrom'),
    optionalField('covered_until', 'timestamp', 'coveredUntil'),
    optionalField('regular_start', 'timestamp', 'regularStart'),
    optionalField('regular_end', 'timestamp', 'regularEnd'),
    field('source', 'string', 'source'),
    field('fetched_at', 'timestamp', 'fetchedAt'),
    ownIngestTime,
    ownProcessingTime,
  ],
  read: readFields,
  dateOf: ({ fields }) => dateStart(tradeDay(fields.tradeDate), fields.grain),
  sortedBy: ['symbol', 'trade_date'],
}

const corporateActions: TableSpec = {
  name: 'corporate_actions',
  description: 'Splits and dividends, each as it was fetched; of a symbol, kind and ex_time the last counts.',
  topic: CORPORATE_ACTIONS_TOPIC,
  columns: [
    field('symbol', 'string', 'symbol'),
    field('kind', 'string', 'kind'),
    field('ex_time', 'timestamp', 'exTime'),
    field('ex_date', 'date', 'exDate'),
    optionalField('ratio', 'double', 'ratio'),
    optionalField('amount', 'double', 'amount'),
    optionalField('currency', 'string', 'currency'),
    field('source', 'string', 'source'),
    field('fetched_at', 'timestamp', 'fetchedAt'),
    ownIngestTime,
    ownProcessingTime,
  ],
  read: readFields,
  dateOf: ({ fields }) => dateStart(fields.exTime, FEW_A_YEAR),
  sortedBy: ['symbol', 'ex_time'],
}

/** Midnight UTC of a trade date; what is no date is refused by its column. */
function tradeDay(tradeDate: unknown): number | undefined {
  const date = typeof tradeDate === 'string' ? parseTradeDate(tradeDate) : null
  return date === null ? undefined : date * DAY_MS
}

/** The grain of what comes a few times a year, like a bar of a day. */
const FEW_A_YEAR = '1d'

/**
 * The date that a row is kept under: its own, or the first one of its month (bars of an hour) or of its year (bars of a
 * day). A date is a file at least, and decades of days would be ten thousand files of a row.
 */
function dateStart(time: unknown, grain: unknown): unknown {
  if (typeof time !== 'number' || (grain !== '1h' && grain !== '1d')) return time
  const day = new Date(time)
  return Date.UTC(day.getUTCFullYear(), grain === '1h' ? day.getUTCMonth() : 0, 1)
}

/** In the order in which a backfill fills them. */
export const HISTORY_TABLES: readonly TableSpec[] = [historyBars, historyDays, corporateActions]
