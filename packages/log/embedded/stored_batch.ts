// Records of one append as one blob, so that a drain reads rows of thousands of records instead of one row each.
// Layout per record: key, value (each: varint length + 1, bytes; 0 = null), varint count of headers, then per header
// name and value (varint length, bytes). Offsets and the timestamp stand beside the blob. Numbers are LEB128.

import type { LogRecord, NewRecord, RecordHeaders } from '#log/event_log'
import type { EpochMs, Offset } from '#runtime/units'

const INITIAL_BYTES = 4096
const VARINT_BYTES_MAX = 5
const SEVEN_BITS = 0x7f
const MORE = 0x80

/** Collects records into one blob. */
export class StoredBatchEncoder {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #size = 0
  #count = 0

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
    const headers = record.headers === undefined ? [] : Object.entries(record.headers)
    this.#varint(headers.length)
    for (const [name, value] of headers) {
      this.#sized(name, 0)
      this.#sized(value, 0)
    }
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
  }

  #nullable(value: Uint8Array | string | null): void {
    if (value === null) this.#varint(0)
    else this.#sized(value, 1)
  }

  #sized(value: Uint8Array | string, extra: number): void {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.#varint(length + extra)
    this.#reserve(length)
    if (typeof value === 'string') this.#bytes.write(value, this.#size)
    else this.#bytes.set(value, this.#size)
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

/** Appends the batch's records from offset `from` on to `records`. Keys, values and headers are views of the blob. */
export function decodeStoredBatch(batch: StoredBatch, from: number, records: LogRecord[]): void {
  const { baseOffset, count, timestamp, blob } = batch
  const cursor = { blob, at: 0 }
  for (let i = 0; i < count; i++) {
    const key = readNullable(cursor)
    const value = readNullable(cursor)
    const headerCount = readVarint(cursor)
    const headers = headerCount === 0 ? null : readHeaders(cursor, headerCount)
    if (baseOffset + i >= from) records.push({ offset: (baseOffset + i) as Offset, timestamp, key, value, headers })
  }
  if (cursor.at !== blob.length) throw new Error(`batch ${baseOffset}: ${blob.length - cursor.at} bytes left over`)
}

interface Cursor {
  readonly blob: Uint8Array
  at: number
}

function readHeaders(cursor: Cursor, count: number): RecordHeaders {
  const entries: [string, Uint8Array][] = []
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(readBytes(cursor, readVarint(cursor))).toString()
    entries.push([name, readBytes(cursor, readVarint(cursor))])
  }
  return Object.fromEntries(entries)
}

function readNullable(cursor: Cursor): Uint8Array | null {
  const length = readVarint(cursor)
  return length === 0 ? null : readBytes(cursor, length - 1)
}

function readBytes(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.at
  cursor.at = start + length
  return cursor.blob.subarray(start, cursor.at)
}

function readVarint(cursor: Cursor): number {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const next = cursor.blob[cursor.at++]
    if (next === undefined) throw new Error('a stored batch ends in the middle of a record')
    value |= (next & SEVEN_BITS) << shift
    if (next < MORE) return value
  }
}
