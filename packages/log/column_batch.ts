// The port's batch as both logs make it: columns over the bytes that the records came in. No object stands for a record
// until somebody asks for one. Invariant: every position lies within `bytes`, and starts are not above ends; whoever
// appends has checked it.

import {
  ABSENT,
  type LogRecord,
  type RecordBatch,
  type RecordColumns,
  type RecordCursor,
  type RecordHeaders,
} from '#log/event_log'
import { grown } from '#log/grown'
import { type HeadersReader, LastHeaders } from '#log/last_headers'
import type { EpochMs, Offset } from '#runtime/units'

const CAPACITY_MIN = 64

/** Columns that grow. */
export class GrowingColumns implements RecordColumns {
  readonly bytes: Uint8Array
  readonly #headers: LastHeaders
  /** Rows so far. */
  count = 0
  offsets: Float64Array
  timestamps: Float64Array
  keyStarts: Int32Array
  keyEnds: Int32Array
  valueStarts: Int32Array
  valueEnds: Int32Array
  headerStarts: Int32Array

  constructor(bytes: Uint8Array, readHeaders: HeadersReader, capacity: number = CAPACITY_MIN) {
    this.bytes = bytes
    this.#headers = new LastHeaders(bytes, readHeaders)
    this.offsets = new Float64Array(capacity)
    this.timestamps = new Float64Array(capacity)
    this.keyStarts = new Int32Array(capacity)
    this.keyEnds = new Int32Array(capacity)
    this.valueStarts = new Int32Array(capacity)
    this.valueEnds = new Int32Array(capacity)
    this.headerStarts = new Int32Array(capacity)
  }

  /** Makes room for that many rows in all, so that rows may then be written by index without looking. */
  reserve(rows: number): void {
    const capacity = this.offsets.length
    if (rows <= capacity) return
    const wider = Math.max(rows, capacity * 2)
    this.offsets = grown(this.offsets, wider)
    this.timestamps = grown(this.timestamps, wider)
    this.keyStarts = grown(this.keyStarts, wider)
    this.keyEnds = grown(this.keyEnds, wider)
    this.valueStarts = grown(this.valueStarts, wider)
    this.valueEnds = grown(this.valueEnds, wider)
    this.headerStarts = grown(this.headerStarts, wider)
  }

  recordAt(row: number): LogRecord {
    return {
      offset: this.offsets[row] as Offset,
      timestamp: this.timestamps[row] as EpochMs,
      key: viewOf(this.bytes, this.keyStarts[row] as number, this.keyEnds[row] as number),
      value: viewOf(this.bytes, this.valueStarts[row] as number, this.valueEnds[row] as number),
      headers: this.headersAt(row),
    }
  }

  headersAt(row: number): RecordHeaders | null {
    const start = this.headerStarts[row] as number
    return start === ABSENT ? null : this.#headers.at(start)
  }
}

/** What a batch is made of. */
export type ColumnBatchParts = Pick<
  RecordBatch,
  'topic' | 'partition' | 'columns' | 'first' | 'count' | 'next' | 'logEnd'
>

/** A batch over rows of columns. */
export class ColumnBatch implements RecordBatch {
  readonly topic: string
  readonly partition: number
  readonly columns: RecordColumns
  readonly first: number
  readonly count: number
  readonly next: Offset
  readonly logEnd: Offset
  #records: readonly LogRecord[] | null = null

  constructor(parts: ColumnBatchParts) {
    this.topic = parts.topic
    this.partition = parts.partition
    this.columns = parts.columns
    this.first = parts.first
    this.count = parts.count
    this.next = parts.next
    this.logEnd = parts.logEnd
  }

  get records(): readonly LogRecord[] {
    this.#records ??= Array.from({ length: this.count }, (_, row) => this.columns.recordAt(this.first + row))
    return this.#records
  }

  cursor(): RecordCursor {
    return new ColumnCursor(this.columns, this.first)
  }

  /** The batch in parts of at most `recordsMax` records; the last part ends where the batch does. */
  *parts(recordsMax: number): Generator<ColumnBatch> {
    if (this.count <= recordsMax) return yield this
    const end = this.first + this.count
    for (let first = this.first; first < end; first += recordsMax) {
      const count = Math.min(recordsMax, end - first)
      const next = first + count === end ? this.next : (this.columns.offsets[first + count] as Offset)
      yield new ColumnBatch({ ...this, first, count, next })
    }
  }
}

class ColumnCursor implements RecordCursor {
  row: number
  readonly #columns: RecordColumns

  constructor(columns: RecordColumns, row: number) {
    this.#columns = columns
    this.row = row
  }

  get offset(): Offset {
    return this.#columns.offsets[this.row] as Offset
  }

  get timestamp(): EpochMs {
    return this.#columns.timestamps[this.row] as EpochMs
  }

  get key(): Uint8Array | null {
    const { bytes, keyStarts, keyEnds } = this.#columns
    return viewOf(bytes, keyStarts[this.row] as number, keyEnds[this.row] as number)
  }

  get value(): Uint8Array | null {
    const { bytes, valueStarts, valueEnds } = this.#columns
    return viewOf(bytes, valueStarts[this.row] as number, valueEnds[this.row] as number)
  }

  get headers(): RecordHeaders | null {
    return this.#columns.headersAt(this.row)
  }
}

function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  return start === ABSENT ? null : bytes.subarray(start, end)
}
