// Columns of texts and bytes: up to 12 bytes stand with their length in the column's words, longer ones in its heap.

import { INLINE_BYTES_MAX, VALUE_WORDS } from '#parquet-bytes/column_values'
import type { ColumnStore } from '#services/writer/staging/column_store'
import type { StagedColumn } from '#services/writer/staging/number_columns'

const WORDS = VALUE_WORDS.bytes
const WORD_BYTES = 4

/** Bytes as they are. */
export class BinaryColumn implements StagedColumn {
  readonly store: ColumnStore

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (!(value instanceof Uint8Array)) return false
    putBytes(this.store, row, value)
    return true
  }
}

/** Texts, in UTF-8. */
export class TextColumn implements StagedColumn {
  readonly store: ColumnStore

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (typeof value !== 'string') return false
    if (value.length > INLINE_BYTES_MAX || !this.#putAscii(row, value)) putBytes(this.store, row, Buffer.from(value))
    return true
  }

  /** Sets a row to the UTF-8 at [start, stop). */
  putText(row: number, bytes: Uint8Array, start: number, stop: number): void {
    const { store } = this
    const length = stop - start
    begin(store, row, length)
    if (length > INLINE_BYTES_MAX) putLong(store, row, bytes.subarray(start, stop))
    else {
      const own = store.bytes
      let to = (row * WORDS + 1) * WORD_BYTES
      for (let from = start; from < stop; from++) own[to++] = bytes[from] as number
    }
  }

  #putAscii(row: number, value: string): boolean {
    begin(this.store, row, value.length)
    const own = this.store.bytes
    const first = (row * WORDS + 1) * WORD_BYTES
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      own[first + i] = code
    }
    return true
  }
}

/** Bytes that a value leaves free are 0: equal values have equal words. */
function begin(store: ColumnStore, row: number, length: number): void {
  store.hold(row)
  const { words } = store
  const first = row * WORDS
  words[first] = length
  words[first + 1] = 0
  words[first + 2] = 0
  words[first + 3] = 0
}

function putBytes(store: ColumnStore, row: number, bytes: Uint8Array): void {
  begin(store, row, bytes.length)
  if (bytes.length > INLINE_BYTES_MAX) putLong(store, row, bytes)
  else store.bytes.set(bytes, (row * WORDS + 1) * WORD_BYTES)
}

function putLong(store: ColumnStore, row: number, bytes: Uint8Array): void {
  store.words[row * WORDS + 1] = store.putHeap(bytes)
}
