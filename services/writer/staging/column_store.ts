// The memory of one column of rows that wait for their flush, reused from flush to flush. Invariant: a row that was not
// held since the last `clear` has no value, so a column without values costs nothing, not even memory. One class for
// all kinds: the hot path meets no other shape.

import { type ColumnValues, VALUE_WORDS, type ValueKind } from '#parquet-bytes/column_values'
import { COLUMN_ROWS_KEPT, HEAP_BYTES_KEPT } from '#services/writer/limits'

/** What a column is. */
export interface ColumnFacts {
  readonly name: string
  readonly kind: ValueKind
  readonly isNullable: boolean
}

/** Rows and bytes that there is room for once there is a value. */
const ROWS_MIN = 1_024
const HEAP_BYTES_MIN = 64 * 1024

const NO_WORDS = new Int32Array(0)
const NO_DOUBLES = new Float64Array(0)
const NO_BYTES = new Uint8Array(0)

/** Values by row. What a value is in words is for the columns of number_columns.ts and byte_columns.ts. */
export class ColumnStore implements ColumnValues {
  readonly name: string
  readonly kind: ValueKind
  readonly isNullable: boolean
  words = NO_WORDS
  /** The same memory. */
  doubles = NO_DOUBLES
  bytes = NO_BYTES
  validity = NO_BYTES
  isEmpty = true
  heap = NO_BYTES
  #heapUsed = 0
  #capacity = 0

  constructor({ name, kind, isNullable }: ColumnFacts) {
    this.name = name
    this.kind = kind
    this.isNullable = isNullable
  }

  /** Makes room for a row's value, and notes that there is one. */
  hold(row: number): void {
    if (row >= this.#capacity) this.#grow(row + 1)
    this.isEmpty = false
    this.validity[row >> 3] = (this.validity[row >> 3] as number) | (1 << (row & 7))
  }

  /** Takes a row's value away; false when there has to be one. */
  setNull(row: number): boolean {
    if (row < this.#capacity) this.validity[row >> 3] = (this.validity[row >> 3] as number) & ~(1 << (row & 7))
    return this.isNullable
  }

  /** Puts bytes into the heap and returns where they begin. */
  putHeap(bytes: Uint8Array): number {
    const start = this.#heapUsed
    const end = start + bytes.length
    if (end > this.heap.length) this.#growHeap(end)
    this.heap.set(bytes, start)
    this.#heapUsed = end
    return start
  }

  /** Drops all values. */
  clear(): void {
    if (this.#capacity > COLUMN_ROWS_KEPT) this.#release()
    else if (!this.isEmpty) this.validity.fill(0)
    this.isEmpty = true
    this.#heapUsed = 0
    if (this.heap.length > HEAP_BYTES_KEPT) this.heap = NO_BYTES
  }

  #grow(rows: number): void {
    this.#capacity = Math.max(rows, this.#capacity * 2, ROWS_MIN)
    const [words, validity] = [this.words, this.validity]
    this.words = new Int32Array(this.#capacity * VALUE_WORDS[this.kind])
    this.words.set(words)
    this.bytes = new Uint8Array(this.words.buffer)
    this.doubles = new Float64Array(this.words.buffer)
    this.validity = new Uint8Array(Math.ceil(this.#capacity / 8))
    this.validity.set(validity)
  }

  #release(): void {
    this.#capacity = 0
    this.words = NO_WORDS
    this.bytes = NO_BYTES
    this.doubles = NO_DOUBLES
    this.validity = NO_BYTES
  }

  #growHeap(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.heap.length * 2, HEAP_BYTES_MIN))
    grown.set(this.heap)
    this.heap = grown
  }
}
