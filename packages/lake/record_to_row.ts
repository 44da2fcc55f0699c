// Decodes a record into a Row, which the columns of its table are taken from (tables.ts). One Row object serves all
// records of a table. Readings are total: no value of any topic makes the writer stop.

import type { LogRecord } from '#log/event_log'
import type { InPlaceDecoder, ValueColumns } from '#market/decoding/decoder'
import { isRedriveMark, originOf } from '#market/headers'
import { OPTIONAL_FIELDS, type Quote } from '#market/quote'
import type { EpochMs } from '#runtime/units'

/** The members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** A record on its way into a table. */
export interface Row {
  /** What records of stock-prices are read with. */
  decoder: InPlaceDecoder
  record: LogRecord
  /** Where the record's value stands, for readings in place. */
  columns: ValueColumns
  columnsRow: number
  /** The length of the record's value. */
  valueBytes: number
  partition: number
  /** When this writer handles the record. */
  processingTime: EpochMs
  /** Set by the readings that yield a quote; by `readPrice` to the decoder's view. */
  quote: Quote
  /** Set by the readings of derived topics. */
  fields: Fields
}

/**
 * What a record turned out to be. `copy`: of a quote that is landed where it came first. `refused`: no valid quote, the
 * stream's dead letters carry it. `mark`: says which dead letters were redriven. `unreadable`: a record of a derived
 * topic that no version of us wrote.
 */
export type Reading = 'row' | 'copy' | 'refused' | 'mark' | 'unreadable'

/** A row of which nothing is set yet. */
export function emptyRow(): Row {
  return { valueBytes: 0 } as Row
}

/** A record of stock-prices, read in place. The hot path. */
export function readPrice(row: Row): Reading {
  const { record } = row
  if (originOf(record, row.partition) !== null) return 'copy'
  if (row.decoder.read(row.columns, row.columnsRow) !== null) return 'refused'
  row.quote = row.decoder.view
  return 'row'
}

/** A record whose value is one JSON object of ours. */
export function readFields(row: Row): Reading {
  const fields = jsonObject(row.record.value)
  if (fields === null) return 'unreadable'
  row.fields = fields
  return 'row'
}

/** A record of stock-dead-letters. */
export function readLetter(row: Row): Reading {
  return isRedriveMark(row.record.headers) ? 'mark' : readFields(row)
}

/**
 * A record of stock-prices-late: the quote's fields, and ours below `late`. Not read by the decoder, whose size limit a
 * value of ours may pass by the fields we added; what its members are is checked as they enter their columns.
 */
export function readLate(row: Row): Reading {
  const all = jsonObject(row.record.value)
  if (all === null) return 'unreadable'
  const { late, symbol, price, timestamp, ...others } = all
  if (typeof late !== 'object' || late === null) return 'unreadable'
  const extra: Record<string, unknown> = { ...others }
  const quote: Record<string, unknown> = { symbol, price, timestamp }
  for (const name of OPTIONAL_FIELDS) {
    quote[name] = all[name] ?? null
    delete extra[name]
  }
  quote.extra = Object.keys(extra).length === 0 ? null : extra
  row.quote = quote as unknown as Quote
  row.fields = late as Fields
  return 'row'
}

function jsonObject(value: Uint8Array | null): Fields | null {
  if (value === null) return null
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : null
  } catch {
    return null
  }
}
