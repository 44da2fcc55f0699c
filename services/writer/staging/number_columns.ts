// Columns of numbers, dates and booleans. `set` takes any value and checks it; the put methods take values that are
// known to be of their kind, and box nothing.

import { parseTradeDate } from '#market/session'
import type { ColumnStore } from '#services/writer/staging/column_store'

/** A column as rows are set in it. */
export interface StagedColumn {
  readonly store: ColumnStore
  /** Sets a row's value; false when it does not fit the column. A row may be set again. */
  set(row: number, value: unknown): boolean
}

/** Finite numbers. */
export class DoubleColumn implements StagedColumn {
  readonly store: ColumnStore

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (typeof value !== 'number' || !Number.isFinite(value)) return false
    this.putNumber(row, value)
    return true
  }

  /** Sets a row to a finite number. */
  putNumber(row: number, value: number): void {
    this.store.hold(row)
    this.store.doubles[row] = value
  }
}

/** Integers of 32 bits. */
export class IntegerColumn implements StagedColumn {
  readonly store: ColumnStore

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (typeof value !== 'number' || (value | 0) !== value) return false
    this.store.hold(row)
    this.store.words[row] = value
    return true
  }
}

/** Dates, which come as texts such as `2026-11-27`. */
export class DateColumn implements StagedColumn {
  readonly store: ColumnStore
  /** The last text and its day: rows that follow one another mostly have the same. */
  #text: string | null = null
  #day = 0

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (typeof value !== 'string') return false
    if (value !== this.#text) {
      const day = parseTradeDate(value)
      if (day === null) return false
      this.#text = value
      this.#day = day
    }
    this.store.hold(row)
    this.store.words[row] = this.#day
    return true
  }
}

export class BooleanColumn implements StagedColumn {
  readonly store: ColumnStore

  constructor(store: ColumnStore) {
    this.store = store
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    if (typeof value !== 'boolean') return false
    this.store.hold(row)
    this.store.words[row] = value ? 1 : 0
    return true
  }
}

const MICROS_PER_MS = 1000
const TWO_POW_32 = 2 ** 32

/** Integers that a double holds, in 64 bits. Timestamps come in milliseconds: as microseconds they fit until 2255. */
export class LongColumn implements StagedColumn {
  readonly store: ColumnStore
  readonly #unit: number
  readonly #max: number

  constructor(store: ColumnStore) {
    this.store = store
    this.#unit = store.kind === 'timestamp' ? MICROS_PER_MS : 1
    this.#max = Math.floor(Number.MAX_SAFE_INTEGER / this.#unit)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.store.setNull(row)
    return typeof value === 'number' && Number.isInteger(value) && this.putInteger(row, value)
  }

  /** Sets a row to an integer; false when it is too large. */
  putInteger(row: number, value: number): boolean {
    if (Math.abs(value) > this.#max) return false
    this.store.hold(row)
    const units = value * this.#unit
    const high = Math.floor(units / TWO_POW_32)
    const { words } = this.store
    words[row * 2] = units - high * TWO_POW_32
    words[row * 2 + 1] = high
    return true
  }
}
