// Topic to table, the only place that knows both: which columns a table has, how each is taken from a record
// (record_to_row.ts reads the record), and which member of the record it is when a row becomes a record again
// (row_to_record.ts). Every row carries source_topic, source_partition and source_offset, so that SQL can show a row
// that is missing or there twice.

import type { StructField, StructType } from '#delta/schema/schema'
import { HISTORY_TABLES } from '#lake/history_specs'
import { type Row, readFields, readLate, readLetter, readPrice } from '#lake/record_to_row'
import {
  type Column,
  type ColumnType,
  field,
  INGEST_TIME_COLUMN,
  type Member,
  optional,
  optionalField,
  ownIngestTime,
  ownProcessingTime,
  required,
  type TableSpec,
} from '#lake/table_spec'
import { letterBytes } from '#market/dead_letter'
import { extraJson } from '#market/extra_json'
import { isReplayed } from '#market/headers'
import { BAR_INTERVAL_DEFAULT_MS, intervalName, isBarInterval, parseInterval } from '#market/interval'
import type { Quote } from '#market/quote'
import {
  ALERTS_TOPIC,
  BARS_TOPIC_PREFIX,
  barsTopic,
  DEAD_LETTERS_TOPIC,
  LATE_TOPIC,
  PRICES_TOPIC,
  type Topic,
} from '#market/topics'
import { unicodeJson } from '#market/unicode_json'

export type { Column, ColumnType, Member, TableSpec }
export { INGEST_TIME_COLUMN }

/** The partition column: not stored in the files. */
export const DATE_COLUMN = 'date'

/** The column that is the same in all rows of a table; it stands before PROVENANCE. */
export const TOPIC_COLUMN = 'source_topic'

function quoteColumns(): readonly Column[] {
  const inQuote = (name: keyof Quote): Member => ({ of: 'quote', name })
  const quoted = (name: string, type: ColumnType, member: keyof Quote): Column => ({
    ...optional(name, type, (row) => row.quote[member]),
    member: inQuote(member),
  })
  return [
    { ...required('symbol', 'string', (row) => row.quote.symbol), member: inQuote('symbol') },
    { ...required('price', 'double', (row) => row.quote.price), member: inQuote('price') },
    { ...required('event_time', 'timestamp', (row) => row.quote.timestamp), member: inQuote('timestamp') },
    quoted('id', 'string', 'id'),
    quoted('size', 'double', 'size'),
    quoted('day_volume', 'double', 'dayVolume'),
    quoted('bid', 'double', 'bid'),
    quoted('ask', 'double', 'ask'),
    quoted('bid_size', 'double', 'bidSize'),
    quoted('ask_size', 'double', 'askSize'),
    quoted('currency', 'string', 'currency'),
    quoted('exchange', 'string', 'exchange'),
    quoted('market_state', 'string', 'marketState'),
    quoted('previous_close', 'double', 'previousClose'),
    quoted('source', 'string', 'source'),
    {
      ...optional('extra', 'string', extraOf),
      member: { ...inQuote('extra'), isJson: true },
    },
  ]
}

function extraOf({ quote: { extra }, record }: Row): string | null {
  return extra === null ? null : extraJson(extra, record.value as Uint8Array)
}

/** The column that tells whether a quote is replayed history. */
export const REPLAYED_COLUMN = 'replayed'

/** The last stored columns of every table, behind source_topic: where the row's record stands. */
export const PROVENANCE: readonly Column[] = [
  required('source_partition', 'integer', (row) => row.partition),
  required('source_offset', 'long', (row) => row.record.offset),
]

const stocks: TableSpec = {
  name: 'stocks',
  description: 'Every valid quote of stock-prices, once.',
  topic: PRICES_TOPIC,
  columns: [
    ...quoteColumns(),
    ownIngestTime,
    ownProcessingTime,
    // Null in rows from before there was such a mark.
    optional(REPLAYED_COLUMN, 'boolean', (row) => isReplayed(row.record.headers)),
  ],
  read: readPrice,
  isReadInPlace: true,
  dateOf: (row) => row.quote.timestamp,
  sortedBy: ['symbol', 'event_time'],
}

/** The market's day and hours. Null in rows from before there were calendars. */
const SESSION_COLUMNS: readonly Column[] = [
  optionalField('trade_date', 'date', 'tradeDate'),
  optionalField('session', 'string', 'session'),
]

const BAR_COLUMNS: readonly Column[] = [
  field('symbol', 'string', 'symbol'),
  field('window_start', 'timestamp', 'windowStart'),
  field('window_end', 'timestamp', 'windowEnd'),
  ...SESSION_COLUMNS,
  field('open', 'double', 'open'),
  field('high', 'double', 'high'),
  field('low', 'double', 'low'),
  field('close', 'double', 'close'),
  field('average', 'double', 'average'),
  optionalField('vwap', 'double', 'vwap'),
  optionalField('volume', 'double', 'volume'),
  // Null in rows from before there was such a column, too.
  optionalField('volume_since', 'timestamp', 'volumeSince'),
  field('count', 'long', 'count'),
  field('revision', 'integer', 'revision'),
  field('closed_by', 'string', 'closedBy'),
  field('complete', 'boolean', 'complete'),
  field('first_offset', 'long', 'firstOffset'),
  field('last_offset', 'long', 'lastOffset'),
  ownIngestTime,
  field('processing_time', 'timestamp', 'processingTime'),
]

/** What every table of bars is called before its interval. */
export const BARS_TABLE_PREFIX = 'bars_'

/** What the table of bars of that interval is called. */
export function barsTableName(barIntervalMs: number): string {
  return BARS_TABLE_PREFIX + intervalName(barIntervalMs)
}

function bars(barIntervalMs: number): TableSpec {
  const interval = intervalName(barIntervalMs)
  return {
    name: barsTableName(barIntervalMs),
    description: `Bars (${interval}) and their revisions; the highest revision of a symbol and window counts.`,
    topic: barsTopic(barIntervalMs),
    columns: BAR_COLUMNS,
    read: readFields,
    dateOf: (row) => row.fields.windowStart,
    sortedBy: ['symbol', 'window_start'],
    barIntervalMs,
  }
}

const alerts: TableSpec = {
  name: 'alerts',
  description: 'Price moves that a rule asked to be told about.',
  topic: ALERTS_TOPIC,
  columns: [
    field('id', 'string', 'id'),
    field('rule', 'string', 'rule'),
    field('symbol', 'string', 'symbol'),
    field('direction', 'string', 'direction'),
    field('level', 'integer', 'level'),
    field('percent', 'double', 'percent'),
    field('price', 'double', 'price'),
    field('reference_price', 'double', 'referencePrice'),
    optionalField('reference_time', 'timestamp', 'referenceTime'),
    field('event_time', 'timestamp', 'eventTime'),
    ...SESSION_COLUMNS,
    field('message', 'string', 'message'),
    ownIngestTime,
    field('processing_time', 'timestamp', 'processingTime'),
  ],
  read: readFields,
  dateOf: (row) => row.fields.eventTime,
  sortedBy: ['symbol', 'event_time'],
}

const lateQuotes: TableSpec = {
  name: 'late_quotes',
  description: 'Valid quotes that came too late for their bar; they are rows of stocks too.',
  topic: LATE_TOPIC,
  columns: [
    ...quoteColumns(),
    field('late_by_ms', 'long', 'lateBy'),
    field('origin_partition', 'integer', 'originPartition'),
    field('origin_offset', 'long', 'originOffset'),
    field(INGEST_TIME_COLUMN, 'timestamp', 'ingestTime'),
    field('processing_time', 'timestamp', 'processingTime'),
  ],
  read: readLate,
  dateOf: (row) => row.quote.timestamp,
  sortedBy: ['symbol', 'event_time'],
}

const deadLetters: TableSpec = {
  name: 'dead_letters',
  description: 'Records that could not be decoded or validated, with their bytes and where they stood.',
  topic: DEAD_LETTERS_TOPIC,
  columns: [
    field('reason', 'string', 'reason'),
    field('detail', 'string', 'detail'),
    field('origin_topic', 'string', 'topic'),
    field('origin_partition', 'integer', 'partition'),
    field('origin_offset', 'long', 'offset'),
    field(INGEST_TIME_COLUMN, 'timestamp', 'ingestTime'),
    { ...optional('key', 'binary', (row) => bytesOf(row.fields.key)), member: { of: 'fields', name: 'key' } },
    { ...optional('value', 'binary', (row) => bytesOf(row.fields.value)), member: { of: 'fields', name: 'value' } },
    {
      ...optional('headers', 'string', (row) => jsonOf(row.fields.headers)),
      member: { of: 'fields', name: 'headers', isJson: true },
    },
    field('attempt', 'integer', 'attempt'),
    field('processing_time', 'timestamp', 'processingTime'),
  ],
  read: readLetter,
  dateOf: (row) => row.fields.ingestTime,
  sortedBy: ['origin_topic', 'ingest_time'],
}

/** Bytes of base64 text; what is no such text is handed on and refused by its column. */
function bytesOf(value: unknown): unknown {
  return letterBytes(value) ?? value
}

/** JSON text; what cannot be written as such is handed on and refused by its column. */
function jsonOf(value: unknown): unknown {
  if (value === null || value === undefined) return null
  try {
    return unicodeJson(value)
  } catch {
    return value
  }
}

/** What live data lands in, in the order of the flow; with bars of those intervals. */
export function liveTablesOf(barIntervalsMs: readonly number[]): readonly TableSpec[] {
  return [stocks, ...barIntervalsMs.map(bars), alerts, lateQuotes, deadLetters]
}

/** All tables of a lake with bars of those intervals. */
export function tablesOf(barIntervalsMs: readonly number[]): readonly TableSpec[] {
  return [...liveTablesOf(barIntervalsMs), ...HISTORY_TABLES]
}

/** Those of a lake with bars of the default interval alone, for tests and tools: others ask `findTables`. */
export const TABLES = tablesOf([BAR_INTERVAL_DEFAULT_MS])

/** What a lake's table of that name is; of bars any interval will do. Undefined when a lake has no such table. */
export function tableNamed(name: string): TableSpec | undefined {
  return barsNamed(name, BARS_TABLE_PREFIX) ?? TABLES.find((spec) => spec.name === name)
}

/** The table of bars that is meant by a prefix and an interval; undefined when bars are never that long. */
function barsNamed(name: string, prefix: string): TableSpec | undefined {
  const interval = name.startsWith(prefix) ? parseInterval(name.slice(prefix.length)) : undefined
  return interval !== undefined && isBarInterval(interval) ? bars(interval) : undefined
}

/** The table that a topic fills. */
export function tableOf(topic: Topic): TableSpec {
  return barsNamed(topic, BARS_TOPIC_PREFIX) ?? (TABLES.find((spec) => spec.topic === topic) as TableSpec)
}

/** The schema of a table as Delta has it: the stored columns, then the partition column. */
export function schemaOf(spec: TableSpec): StructType {
  return {
    type: 'struct',
    fields: [
      ...spec.columns.map(structField),
      structField({ name: TOPIC_COLUMN, type: 'string', nullable: false }),
      ...PROVENANCE.map(structField),
      structField({ name: DATE_COLUMN, type: 'date', nullable: false }),
    ],
  }
}

function structField({ name, type, nullable }: Omit<StructField, 'metadata'>): StructField {
  return { name, type, nullable, metadata: {} }
}
