// The record that is in the flow, as it lies in its batch, and the quote in it. One object serves a whole batch, one
// record after the other: an object and views of key and value for each would cost more than the work on it. Whoever
// keeps a record or a quote keeps `toRecord()` or `quote.toQuote()`.

import type { Calendar } from '#calendar/calendar'
import { ABSENT, type LogRecord, type RecordColumns, type RecordHeaders } from '#log/event_log'
import type { QuoteView } from '#market/decoding/quote_view'
import { isReplayed } from '#market/headers'
import type { EpochMs, Offset } from '#runtime/units'
import type { PlacedQuote } from '#services/stream/windows/placement'

/** One record after the other. */
export class Arrival implements PlacedQuote {
  readonly columns: RecordColumns
  /** What shows the record's quote once it is decoded. */
  readonly quote: QuoteView
  row = 0
  /** null for most records. */
  headers: RecordHeaders | null = null
  /** Known once the quote is on its way into a window. */
  inOrder = false
  #calendar: Calendar | null = null

  constructor(columns: RecordColumns, quote: QuoteView) {
    this.columns = columns
    this.quote = quote
  }

  /** From now on it is the record of this row. */
  moveTo(row: number): void {
    this.row = row
    this.headers = this.columns.headersAt(row)
  }

  /** Told before its quote is placed. */
  get calendar(): Calendar {
    return this.#calendar as Calendar
  }

  set calendar(calendar: Calendar) {
    this.#calendar = calendar
  }

  get offset(): Offset {
    return this.columns.offsets[this.row] as Offset
  }

  get ingestTime(): EpochMs {
    return this.columns.timestamps[this.row] as EpochMs
  }

  get replayed(): boolean {
    return isReplayed(this.headers)
  }

  /** The record as an object. */
  toRecord(): LogRecord {
    return this.columns.recordAt(this.row)
  }
}

/** A record that comes by itself. */
export function arrivalOf(record: LogRecord, quote: QuoteView): Arrival {
  const arrival = new Arrival(columnsOf(record), quote)
  arrival.moveTo(0)
  return arrival
}

const NO_BYTES = new Uint8Array(0)

/** The record as the only row of columns. */
function columnsOf(record: LogRecord): RecordColumns {
  const { key, value, headers } = record
  const bytes = Buffer.concat([key ?? NO_BYTES, value ?? NO_BYTES])
  const valueStart = key?.length ?? 0
  return {
    bytes,
    offsets: Float64Array.of(record.offset),
    timestamps: Float64Array.of(record.timestamp),
    keyStarts: Int32Array.of(key === null ? ABSENT : 0),
    keyEnds: Int32Array.of(valueStart),
    valueStarts: Int32Array.of(value === null ? ABSENT : valueStart),
    valueEnds: Int32Array.of(bytes.length),
    headerStarts: Int32Array.of(headers === null ? ABSENT : 0),
    headersAt: () => headers,
    recordAt: () => record,
  }
}
