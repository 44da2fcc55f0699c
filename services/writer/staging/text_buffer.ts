// A column of texts as duckdb_string_t: up to 12 bytes of UTF-8 stand in the value itself, longer ones in a heap of the
// column's own until they are handed over one by one. Source: duckdb.h (duckdb_string_t).

import raw from '@duckdb/node-bindings'
import { CHUNK_ROWS, TEXT_HEAP_BYTES_KEPT } from '#services/writer/limits'
import { Validity } from '#services/writer/staging/validity'

/** A value: its length, then its bytes if they fit; else, until it is handed over, where it begins in the heap. */
const VALUE_BYTES = 16
const VALUE_WORDS = VALUE_BYTES / 4
const LENGTH_BYTES = 4
const INLINE_BYTES_MAX = VALUE_BYTES - LENGTH_BYTES

const NO_HEAP = new Uint8Array(0)

/** A ColumnBuffer. Invariant: the bytes of a value that nothing was put into are 0. */
export class TextBuffer {
  readonly #bytes = new Uint8Array(CHUNK_ROWS * VALUE_BYTES)
  readonly #words = new Int32Array(this.#bytes.buffer)
  readonly #validity: Validity
  #heap = NO_HEAP
  #heapUsed = 0

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#setNull(row)
    if (typeof value !== 'string') return false
    if (value.length > INLINE_BYTES_MAX || !this.#putAscii(row, value)) this.#putUtf8(row, value)
    return true
  }

  /** Sets a row to the UTF-8 at [start, stop). */
  putBytes(row: number, bytes: Uint8Array, start: number, stop: number): void {
    const length = stop - start
    this.#begin(row, length)
    if (length > INLINE_BYTES_MAX) this.#putLong(row, bytes.subarray(start, stop))
    else this.#putShort(row, bytes, start, stop)
  }

  moveTo(vector: raw.Vector, rows: number): void {
    const { hasValues } = this.#validity
    this.#validity.moveTo(vector, rows)
    if (!hasValues) return
    raw.copy_data_to_vector(vector, 0, this.#bytes.buffer, 0, rows * VALUE_BYTES)
    if (this.#heapUsed > 0) this.#moveLong(vector, rows)
    this.#bytes.fill(0)
  }

  #setNull(row: number): boolean {
    this.#clear(row)
    return this.#validity.setNull(row)
  }

  #putAscii(row: number, value: string): boolean {
    this.#begin(row, value.length)
    const first = row * VALUE_BYTES + LENGTH_BYTES
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      this.#bytes[first + i] = code
    }
    return true
  }

  #putUtf8(row: number, value: string): void {
    const bytes = Buffer.from(value)
    this.putBytes(row, bytes, 0, bytes.length)
  }

  #begin(row: number, length: number): void {
    this.#validity.setValid(row)
    this.#clear(row)
    this.#words[row * VALUE_WORDS] = length
  }

  #clear(row: number): void {
    const word = row * VALUE_WORDS
    if (this.#words[word] !== 0) this.#words.fill(0, word, word + VALUE_WORDS)
  }

  #putShort(row: number, bytes: Uint8Array, start: number, stop: number): void {
    const own = this.#bytes
    let to = row * VALUE_BYTES + LENGTH_BYTES
    for (let from = start; from < stop; from++) own[to++] = bytes[from] as number
  }

  #putLong(row: number, bytes: Uint8Array): void {
    const end = this.#heapUsed + bytes.length
    if (end > this.#heap.length) this.#growHeap(end)
    this.#heap.set(bytes, this.#heapUsed)
    this.#words[row * VALUE_WORDS + 1] = this.#heapUsed
    this.#heapUsed = end
  }

  #growHeap(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#heap.length * 2, TEXT_HEAP_BYTES_KEPT / 4))
    grown.set(this.#heap)
    this.#heap = grown
  }

  #moveLong(vector: raw.Vector, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const length = this.#words[row * VALUE_WORDS] as number
      if (length <= INLINE_BYTES_MAX) continue
      const start = this.#words[row * VALUE_WORDS + 1] as number
      raw.vector_assign_string_element_len(vector, row, this.#heap.subarray(start, start + length))
    }
    this.#heapUsed = 0
    if (this.#heap.length > TEXT_HEAP_BYTES_KEPT) this.#heap = NO_HEAP
  }
}
