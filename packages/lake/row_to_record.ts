// Turns a row of a table back into the record that it came from, as far as the table holds it: record_to_row.ts
// reversed, along the same columns. A record read back this way makes the same row again. A table does not hold a
// record's key and headers (except the mark of replayed history), re-keyed copies, or refused records.

import { quoteName } from '#duckdb/quoting'
import type { Fields } from '#lake/record_to_row'
import {
  type Column,
  type ColumnType,
  INGEST_TIME_COLUMN,
  type Member,
  PROVENANCE,
  REPLAYED_COLUMN,
  type TableSpec,
} from '#lake/tables'
import type { ResultRow } from '#lake-sql/result'
import type { Quote } from '#market/quote'
import type { EpochMs, Offset } from '#runtime/units'

/** What a row tells of its record. */
export interface StoredRecord {
  readonly partition: number
  readonly offset: Offset
  /** When the log took the record in; of a late quote, the quote itself. */
  readonly ingestTime: EpochMs
  /** The quote is replayed history. */
  readonly isReplayed: boolean
  /** In tables of quotes. */
  readonly quote: Quote
  /** The value's members, those of a quote aside: a bar's, an alert's, a dead letter's, a late quote's own. */
  readonly fields: Fields
}

/** Reads the rows of one table. */
export interface RecordReader {
  /** What to select of the table, in SQL. */
  readonly columns: string
  /** The record of a row that was selected so. */
  read(row: ResultRow): StoredRecord
}

/**
 * A reader of a table's rows. `stored` are the columns that the table has: one that was last written before a column
 * was added does not have it, and NULL stands for it.
 */
export function recordReader(spec: TableSpec, stored: readonly { readonly name: string }[]): RecordReader {
  const names = new Set(stored.map(({ name }) => name))
  const members = spec.columns.filter(hasMember)
  const sql = [
    ...PROVENANCE.map(({ name }) => quoteName(name)),
    `epoch_ms(${INGEST_TIME_COLUMN})`,
    names.has(REPLAYED_COLUMN) ? REPLAYED_COLUMN : 'NULL',
    ...members.map(({ name, type }) => (names.has(name) ? selected(name, type) : 'NULL')),
  ]
  const parts = members.map(({ type, member }) => ({ ...member, read: memberReading(type, member) }))
  return { columns: sql.join(', '), read: (row) => storedRecord(row, parts) }
}

interface ReadMember extends Member {
  readonly read: (cell: string) => unknown
}

function storedRecord([partition, offset, ingestTime, replayed, ...cells]: ResultRow, members: readonly ReadMember[]) {
  const parts: Record<Member['of'], Record<string, unknown>> = { quote: {}, fields: {} }
  members.forEach(({ of, name, read }, i) => {
    const cell = cells[i] ?? null
    parts[of][name] = cell === null ? null : read(cell)
  })
  return {
    partition: Number(partition),
    offset: Number(offset) as Offset,
    ingestTime: Number(ingestTime) as EpochMs,
    isReplayed: replayed === 'true',
    quote: parts.quote as unknown as Quote,
    fields: parts.fields,
  }
}

function hasMember(column: Column): column is Column & { readonly member: Member } {
  return column.member !== undefined
}

/** A table's timestamps are microseconds, a record's times are milliseconds. */
function selected(name: string, type: ColumnType): string {
  return type === 'timestamp' ? `epoch_ms(${quoteName(name)})` : quoteName(name)
}

/** Makes a record's member of a cell's text; bytes are hexadecimal there and base64 here. */
function memberReading(type: ColumnType, { isJson }: Member): (cell: string) => unknown {
  switch (type) {
    case 'string':
      return isJson === true ? (cell) => JSON.parse(cell) as unknown : (cell) => cell
    case 'binary':
      return (cell) => Buffer.from(cell, 'hex').toString('base64')
    case 'date':
      return (cell) => cell
    case 'boolean':
      return (cell) => cell === 'true'
    default:
      return Number
  }
}
