// What a table is: its columns, how each is taken from a record, and the topic that fills it. The tables themselves:
// tables.ts and history_specs.ts.

import type { Reading, Row } from '#lake/record_to_row'
import type { Topic } from '#market/topics'

/**
 * Delta's names of the types that we use. A date is taken as text `YYYY-MM-DD`; a timestamp is taken as milliseconds
 * and stored as microseconds, UTC.
 */
export type ColumnType = 'string' | 'long' | 'integer' | 'double' | 'boolean' | 'date' | 'timestamp' | 'binary'

/** A member of a record's value that a column holds as it is. */
export interface Member {
  /** Whose: one of the quote's, or one of the other fields. */
  readonly of: 'quote' | 'fields'
  readonly name: string
  /** The column holds it as JSON text. */
  readonly isJson?: true
}

/** A column that is stored in the data files. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** The value for a row; undefined is null. A value that does not fit the type makes the record unreadable. */
  readonly take: (row: Row) => unknown
  /** What the column is in the record; undefined when it tells something else than a member of the value. */
  readonly member?: Member
}

/** A table and the topic that fills it. */
export interface TableSpec {
  /** Its folder below the lake's root, and its name in SQL. */
  readonly name: string
  readonly description: string
  readonly topic: Topic
  /** Without the provenance and the date, which all tables have. */
  readonly columns: readonly Column[]
  readonly read: (row: Row) => Reading
  /** The row's quote is the decoder's view: members of it can be had from the bytes, without `take`. */
  readonly isReadInPlace?: true
  /** The instant whose UTC date is the row's partition, in milliseconds. */
  readonly dateOf: (row: Row) => unknown
  /** The order of rows in compacted files, so that readers can skip most of them: what they ask for first. */
  readonly sortedBy: readonly string[]
  /** Of a table of bars: how long each is. */
  readonly barIntervalMs?: number
}

/** A column that every row has a value of. */
export function required(name: string, type: ColumnType, take: Column['take']): Column {
  return { name, type, nullable: false, take }
}

/** A column that may be null. */
export function optional(name: string, type: ColumnType, take: Column['take']): Column {
  return { name, type, nullable: true, take }
}

/** A member of the record's value, under the column's name. */
export function field(name: string, type: ColumnType, member: string): Column {
  return { ...required(name, type, (row) => row.fields[member]), member: { of: 'fields', name: member } }
}

/** The same of one that may be null or absent. */
export function optionalField(name: string, type: ColumnType, member: string): Column {
  return { ...optional(name, type, (row) => row.fields[member]), member: { of: 'fields', name: member } }
}

/** The column of every table that tells when the log took the record in; of a late quote, the quote itself. */
export const INGEST_TIME_COLUMN = 'ingest_time'

/** When the log took the row's own record in. */
export const ownIngestTime = required(INGEST_TIME_COLUMN, 'timestamp', (row) => row.record.timestamp)

/** When the writer handled the record, of records that do not say when they were made. */
export const ownProcessingTime = required('processing_time', 'timestamp', (row) => row.processingTime)
