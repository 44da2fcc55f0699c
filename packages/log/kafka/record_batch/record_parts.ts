// One record that is about to be written, and what must be known of it before: the bytes of its key, which choose the
// partition, and its lengths. Invariant: one object serves all records in turn, so that none of them allocates.

import type { NewRecord } from '#log/event_log'
import { HEADER_OVERHEAD_BYTES, RECORD_OVERHEAD_BYTES } from '../limits.ts'
import { ByteWriter, varintBytes } from './byte_writer.ts'

/** The length that stands for a null key or value. */
export const NULL_LENGTH = -1

const SCRATCH_BYTES = 256

/** The parts of the record that was read last. */
export class RecordParts {
  value: Uint8Array | string | null = null
  /** Bytes of key and value; NULL_LENGTH for null. */
  keyLength = NULL_LENGTH
  valueLength = NULL_LENGTH
  /** An upper bound of the record's size. */
  bytesMax = 0
  readonly #key = new ByteWriter(SCRATCH_BYTES)
  readonly #headers = new ByteWriter(SCRATCH_BYTES)
  #headersGiven: NewRecord['headers']
  #headersBytesMax = 0

  constructor() {
    this.#headers.varint(0)
  }

  /** Holds the key's bytes first, `keyLength` of them. */
  get key(): Uint8Array {
    return this.#key.bytes
  }

  /** Holds the headers first, as they are written: their count, then each. */
  get headers(): Uint8Array {
    return this.#headers.bytes
  }

  get headersLength(): number {
    return this.#headers.length
  }

  /** Takes up another record. */
  read({ key, value, headers }: NewRecord): void {
    this.#readKey(key)
    this.value = value
    this.valueLength =
      value === null ? NULL_LENGTH : typeof value === 'string' ? Buffer.byteLength(value) : value.length
    // Records in a row often share one object, as those of a replay do.
    if (headers !== this.#headersGiven) this.#readHeaders(headers)
    const content = Math.max(0, this.keyLength) + Math.max(0, this.valueLength)
    this.bytesMax = content + RECORD_OVERHEAD_BYTES + this.#headersBytesMax
  }

  /** Bytes of the record without the length in front of it, at a place in its batch. */
  bodyBytes(offsetDelta: number): number {
    const { keyLength, valueLength } = this
    const lengths = varintBytes(offsetDelta) + varintBytes(keyLength) + varintBytes(valueLength)
    return 2 + lengths + Math.max(0, keyLength) + Math.max(0, valueLength) + this.#headers.length
  }

  #readKey(key: NewRecord['key']): void {
    this.#key.length = 0
    if (typeof key === 'string') this.#key.text(key)
    else if (key !== null) this.#key.raw(key)
    this.keyLength = key === null ? NULL_LENGTH : this.#key.length
  }

  #readHeaders(headers: NewRecord['headers']): void {
    const writer = this.#headers
    const entries = Object.entries(headers ?? {})
    let bytesMax = 0
    writer.length = 0
    writer.varint(entries.length)
    for (const [name, content] of entries) {
      bytesMax += HEADER_OVERHEAD_BYTES + writeSized(writer, name) + writeSized(writer, content)
    }
    this.#headersGiven = headers
    this.#headersBytesMax = bytesMax
  }
}

/** Returns the bytes of the content alone. */
function writeSized(writer: ByteWriter, content: string | Uint8Array): number {
  const byteLength = typeof content === 'string' ? Buffer.byteLength(content) : content.length
  writer.varint(byteLength)
  if (typeof content === 'string') writer.textOf(content, byteLength)
  else writer.raw(content)
  return byteLength
}
