// Texts and bytes in a column's words: read, compared and counted without a string for any of them.

import { type ColumnValues, INLINE_BYTES_MAX, VALUE_WORDS } from '#parquet-bytes/column_values'

const WORDS = VALUE_WORDS.text
const WORD_BYTES = 4

/** The values of one column of texts or bytes, by row. */
export class ByteValues {
  readonly #words: Int32Array
  readonly #inline: Uint8Array
  readonly #heap: Uint8Array

  constructor({ words, heap }: ColumnValues) {
    this.#words = words
    this.#inline = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    this.#heap = heap
  }

  lengthOf(row: number): number {
    return this.#words[row * WORDS] as number
  }

  bytesOf(row: number): Uint8Array {
    const length = this.lengthOf(row)
    if (length > INLINE_BYTES_MAX) {
      const start = this.#words[row * WORDS + 1] as number
      return this.#heap.subarray(start, start + length)
    }
    const start = (row * WORDS + 1) * WORD_BYTES
    return this.#inline.subarray(start, start + length)
  }

  /** Copies a value to `at`, its length before it, as Parquet has it; returns where it ends. */
  copyTo(target: Uint8Array, at: number, row: number): number {
    const length = this.lengthOf(row)
    target[at] = length
    target[at + 1] = length >>> 8
    target[at + 2] = length >>> 16
    target[at + 3] = length >>> 24
    if (length > INLINE_BYTES_MAX) target.set(this.bytesOf(row), at + WORD_BYTES)
    else {
      const start = (row * WORDS + 1) * WORD_BYTES
      for (let i = 0; i < length; i++) target[at + WORD_BYTES + i] = this.#inline[start + i] as number
    }
    return at + WORD_BYTES + length
  }

  /** Below 0 when the value of one row comes before that of another, in the order of unsigned bytes. */
  compare(row: number, other: number): number {
    const [length, otherLength] = [this.lengthOf(row), this.lengthOf(other)]
    if (length > INLINE_BYTES_MAX || otherLength > INLINE_BYTES_MAX) {
      return Buffer.compare(this.bytesOf(row), this.bytesOf(other))
    }
    const [at, otherAt] = [(row * WORDS + 1) * WORD_BYTES, (other * WORDS + 1) * WORD_BYTES]
    for (let i = 0; i < length && i < otherLength; i++) {
      const difference = (this.#inline[at + i] as number) - (this.#inline[otherAt + i] as number)
      if (difference !== 0) return difference
    }
    return length - otherLength
  }
}
