// The headers that were decoded last. Records in a row often have the same, as those of a replay do; then no object
// is made for them. In both logs the bytes of headers tell where they end, so bytes that begin as those of the last
// headers did are the same headers.

import type { RecordHeaders } from '#log/event_log'

/** Headers, and the position after their last byte. */
export interface DecodedHeaders {
  readonly headers: RecordHeaders
  readonly end: number
}

/** Decodes the headers that begin at a position. What it finds must not depend on bytes behind their end. */
export type HeadersReader = (bytes: Uint8Array, start: number) => DecodedHeaders

/** Decodes headers, and remembers the last ones. */
export class LastHeaders {
  readonly #bytes: Uint8Array
  readonly #read: HeadersReader
  #start = 0
  #length = 0
  /** null before the first. */
  #headers: RecordHeaders | null = null

  constructor(bytes: Uint8Array, read: HeadersReader) {
    this.#bytes = bytes
    this.#read = read
  }

  /** The headers that begin at a position: the same object as before when the bytes are the same. On the hot path. */
  at(start: number): RecordHeaders {
    if (this.#headers !== null && this.#isRepeatedAt(start)) return this.#headers
    const { headers, end } = this.#read(this.#bytes, start)
    this.#start = start
    this.#length = end - start
    this.#headers = headers
    return headers
  }

  #isRepeatedAt(start: number): boolean {
    const bytes = this.#bytes
    const [last, length] = [this.#start, this.#length]
    if (start + length > bytes.length) return false
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[last + i]) return false
    return true
  }
}
