// One record that is about to be written, and what must be known of it before: the bytes of its key, which choose the
// partition, and its lengths. Invariant: one object serves all records in turn, so that none of them allocates.

import { ABSENT, type NewRecord, type NewRecordColumns } from '#log/event_log'
import { HEADER_OVERHEAD_BYTES, RECORD_OVERHEAD_BYTES } from '../limits.ts'
import { ByteWriter, varintBytes } from './byte_writer.ts'

/** The length that stands for a null key or value. */
export const NULL_LENGTH = -1

const SCRATCH_BYTES = 256

/** The parts of the record that was read last. */
export class RecordParts {
  /** What holds the key and the value, each from its start on. A value may also be a text. */
  key: Uint8Array
  keyStart = 0
  value: Uint8Array | string = ''
  valueStart = 0
  /** Bytes of key and value; NULL_LENGTH for null. */
  keyLength = NULL_LENGTH
  valueLength = NULL_LENGTH
  /** An upper bound of the record's size. */
  bytesMax = 0
  readonly #keyText = new ByteWriter(Buffer.allocUnsafe(SCRATCH_BYTES))
  readonly #headers = new ByteWriter(Buffer.allocUnsafe(SCRATCH_BYTES))
  #headersGiven: NewRecord['headers']
  #headersBytesMax = 0

  constructor() {
    this.key = this.#keyText.bytes
    this.#headers.varint(0)
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
    this.value = value ?? ''
    this.valueStart = 0
    this.valueLength =
      value === null ? NULL_LENGTH : typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.#end(headers)
  }

  /** Takes up a record of columns, without a view of its bytes. */
  readRow(columns: NewRecordColumns, row: number): void {
    const { bytes, keyStarts, valueStarts } = columns
    const keyStart = keyStarts[row] as number
    const valueStart = valueStarts[row] as number
    this.key = bytes
    this.keyStart = keyStart
    this.keyLength = keyStart === ABSENT ? NULL_LENGTH : (columns.keyEnds[row] as number) - keyStart
    this.value = bytes
    this.valueStart = valueStart
    this.valueLength = (columns.valueEnds[row] as number) - valueStart
    this.#end(columns.headers)
  }

  /** Bytes of the record without the length in front of it, at a place in its batch. */
  bodyBytes(offsetDelta: number): number {
    const { keyLength, valueLength } = this
    const lengths = varintBytes(offsetDelta) + varintBytes(keyLength) + varintBytes(valueLength)
    return 2 + lengths + Math.max(0, keyLength) + Math.max(0, valueLength) + this.#headers.length
  }

  #readKey(key: NewRecord['key']): void {
    this.keyStart = 0
    if (typeof key === 'string') {
      this.#keyText.length = 0
      this.#keyText.text(key)
      this.key = this.#keyText.bytes
      this.keyLength = this.#keyText.length
    } else {
      if (key !== null) this.key = key
      this.keyLength = key === null ? NULL_LENGTH : key.length
    }
  }

  #end(headers: NewRecord['headers']): void {
    // Records in a row often share one object, as those of a replay do.
    if (headers !== this.#headersGiven) this.#readHeaders(headers)
    const content = Math.max(0, this.keyLength) + Math.max(0, this.valueLength)
    this.bytesMax = content + RECORD_OVERHEAD_BYTES + this.#headersBytesMax
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
