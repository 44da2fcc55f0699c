// Records of one append as one blob, so that a drain reads rows of thousands of records instead of one row each.
// Layout per record: key, value (each: varint length + 1, bytes; 0 = null), varint count of headers, then per header
// name and value (varint length, bytes). Offsets and the timestamp stand beside the blob. Numbers are LEB128.

import type { GrowingColumns } from '#log/column_batch'
import { ABSENT, type NewRecord, type NewRecordColumns } from '#log/event_log'
import type { DecodedHeaders } from '#log/last_headers'
import type { EpochMs } from '#runtime/units'

const INITIAL_BYTES = 4096
const VARINT_BYTES_MAX = 5
/** Up to this length a loop over the bytes beats making a view of them. */
const SHORT_RANGE = 24
const SEVEN_BITS = 0x7f
const MORE = 0x80

/** Collects records into one blob. */
export class StoredBatchEncoder {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #size = 0
  #count = 0
  /** The headers that were written last, and where they stand in the blob: records in a row often share them. */
  #headers: NewRecord['headers']
  #headersStart = 0
  #headersEnd = 0

  get count(): number {
    return this.#count
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  /** Appends a record. Its topic and partition are the caller's concern. */
  add(record: NewRecord): void {
    this.#nullable(record.key)
    this.#nullable(record.value)
    this.#putHeaders(record.headers)
    this.#count++
  }

  /** Appends a record of columns, without a view of its bytes. */
  addRow(columns: NewRecordColumns, row: number): void {
    const { bytes, keyStarts, keyEnds, valueStarts, valueEnds } = columns
    const keyStart = keyStarts[row] as number
    if (keyStart === ABSENT) this.#varint(0)
    else this.#range(bytes, keyStart, keyEnds[row] as number)
    this.#range(bytes, valueStarts[row] as number, valueEnds[row] as number)
    this.#putHeaders(columns.headers)
    this.#count++
  }

  /** The blob; valid until the next call of the encoder. */
  blob(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  /** Begins the next blob. */
  clear(): void {
    this.#size = 0
    this.#count = 0
    this.#headers = undefined
  }

  #nullable(value: Uint8Array | string | null): void {
    if (value === null) this.#varint(0)
    else this.#sized(value, 1)
  }

  #putHeaders(headers: NewRecord['headers']): void {
    if (headers === undefined) this.#varint(0)
    else if (headers === this.#headers) this.#repeatHeaders()
    else this.#writeHeaders(headers)
  }

  #writeHeaders(headers: NonNullable<NewRecord['headers']>): void {
    this.#headers = headers
    this.#headersStart = this.#size
    const entries = Object.entries(headers)
    this.#varint(entries.length)
    for (const [name, value] of entries) {
      this.#sized(name, 0)
      this.#sized(value, 0)
    }
    this.#headersEnd = this.#size
  }

  #repeatHeaders(): void {
    const length = this.#headersEnd - this.#headersStart
    this.#reserve(length)
    this.#bytes.copyWithin(this.#size, this.#headersStart, this.#headersEnd)
    this.#size += length
  }

  #range(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#varint(length + 1)
    this.#reserve(length)
    const to = this.#size
    const own = this.#bytes
    if (length <= SHORT_RANGE) for (let i = 0; i < length; i++) own[to + i] = bytes[start + i] as number
    else own.set(bytes.subarray(start, end), to)
    this.#size += length
  }

  #sized(value: Uint8Array | string, extra: number): void {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.#varint(length + extra)
    this.#reserve(length)
    if (typeof value !== 'string') this.#bytes.set(value, this.#size)
    // One byte a character: all of it is ASCII, which is copied as it is.
    else this.#bytes.write(value, this.#size, length, length === value.length ? 'latin1' : 'utf8')
    this.#size += length
  }

  #varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX)
    let rest = value
    for (; rest > SEVEN_BITS; rest >>>= 7) this.#bytes[this.#size++] = (rest & SEVEN_BITS) | MORE
    this.#bytes[this.#size++] = rest
  }

  #reserve(length: number): void {
    if (this.#size + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + length))
    this.#bytes.copy(larger, 0, 0, this.#size)
    this.#bytes = larger
  }
}

/** A blob with what stands beside it. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly count: number
  readonly timestamp: EpochMs
  readonly blob: Uint8Array
}

/**
 * Appends the batch's records from offset `from` on to the columns, whose bytes hold the blob from `start` on. Returns
 * where the next blob begins. Throws when the blob is not whole: the database has been changed by others.
 */
export function appendStoredBatch(columns: GrowingColumns, batch: StoredBatch, place: StoredBatchPlace): number {
  const { baseOffset, count, timestamp, blob } = batch
  const cursor = { bytes: columns.bytes, at: place.start, end: place.start + blob.length }
  columns.reserve(columns.count + count)
  const { offsets, timestamps, keyStarts, keyEnds, valueStarts, valueEnds, headerStarts } = columns
  let row = columns.count
  for (let i = 0; i < count; i++) {
    keyStarts[row] = skipNullable(cursor)
    keyEnds[row] = cursor.at
    valueStarts[row] = skipNullable(cursor)
    valueEnds[row] = cursor.at
    headerStarts[row] = skipHeaders(cursor)
    offsets[row] = baseOffset + i
    timestamps[row] = timestamp
    if (baseOffset + i >= place.from) row++
  }
  if (cursor.at !== cursor.end) throw new Error(`batch ${baseOffset}: ${cursor.end - cursor.at} bytes left over`)
  columns.count = row
  return cursor.end
}

/** Where a blob lies in the columns' bytes, and the first offset that is wanted of it. */
export interface StoredBatchPlace {
  readonly start: number
  readonly from: number
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

/** Goes past a key or value; returns where it began, or ABSENT. */
function skipNullable(cursor: Cursor): number {
  const length = readVarint(cursor)
  return length === 0 ? ABSENT : skipBytes(cursor, length - 1)
}

function skipHeaders(cursor: Cursor): number {
  const start = cursor.at
  const count = readVarint(cursor)
  for (let left = 2 * count; left > 0; left--) skipBytes(cursor, readVarint(cursor))
  return count === 0 ? ABSENT : start
}

function skipBytes(cursor: Cursor, length: number): number {
  const start = cursor.at
  if (length < 0 || start + length > cursor.end) throw new Error('a stored batch ends in the middle of a record')
  cursor.at = start + length
  return start
}

/** Reads the headers that begin at `start`, which were gone past before. */
export function readStoredHeaders(bytes: Uint8Array, start: number): DecodedHeaders {
  const cursor = { bytes, at: start, end: bytes.length }
  const entries: [string, Uint8Array][] = []
  for (let left = readVarint(cursor); left > 0; left--) {
    const name = Buffer.from(readBytes(cursor)).toString()
    entries.push([name, readBytes(cursor)])
  }
  return { headers: Object.fromEntries(entries), end: cursor.at }
}

function readBytes(cursor: Cursor): Uint8Array {
  const start = skipBytes(cursor, readVarint(cursor))
  return cursor.bytes.subarray(start, cursor.at)
}

function readVarint(cursor: Cursor): number {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    if (cursor.at >= cursor.end) throw new Error('a stored batch ends in the middle of a record')
    const next = cursor.bytes[cursor.at++] as number
    value |= (next & SEVEN_BITS) << shift
    if (next < MORE) return value
  }
}
