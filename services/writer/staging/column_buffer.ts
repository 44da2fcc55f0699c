// One column of a chunk in DuckDB's own vector layout, in memory that is reused: a row costs no call into DuckDB and no
// object. `set` takes any value and checks it; the put methods take values that are known to fit, and box nothing.
// Integers of 64 bits are written as two halves. Source: duckdb.h; only little-endian machines, as all that DuckDB is
// built for.

import { endianness } from 'node:os'
import raw from '@duckdb/node-bindings'
import type { ColumnType } from '#lake/tables'
import { CHUNK_ROWS } from '#services/writer/limits'
import { TextBuffer } from '#services/writer/staging/text_buffer'
import { Validity } from '#services/writer/staging/validity'

/** The values of one column for the rows of a chunk. A row that is never set is null. */
export interface ColumnBuffer {
  /** Sets a row's value; false when it does not fit the column. A row may be set again. */
  set(row: number, value: unknown): boolean
  /** Copies the first `rows` values into a vector and begins anew. */
  moveTo(vector: raw.Vector, rows: number): void
}

/** A buffer for a column's type. */
export function columnBuffer(type: ColumnType, nullable: boolean): ColumnBuffer {
  if (endianness() !== 'LE') throw new Error('DuckDB vectors are written as little-endian memory')
  switch (type) {
    case 'double':
      return new DoubleBuffer(nullable)
    case 'integer':
      return new IntegerBuffer(nullable)
    case 'long':
      return new LongBuffer(nullable, { unit: 1, max: Number.MAX_SAFE_INTEGER })
    case 'timestamp':
      return new LongBuffer(nullable, { unit: MICROS_PER_MS, max: TIMESTAMP_MAX_MS })
    case 'boolean':
      return new BooleanBuffer(nullable)
    case 'string':
      return new TextBuffer(nullable)
    case 'binary':
      return new BinaryBuffer(nullable)
  }
}

const MICROS_PER_MS = 1000

/** Milliseconds whose microseconds a double holds exactly: until the year 2255. */
const TIMESTAMP_MAX_MS = Math.floor(Number.MAX_SAFE_INTEGER / MICROS_PER_MS)

const TWO_POW_32 = 2 ** 32

/** Finite numbers. */
export class DoubleBuffer implements ColumnBuffer {
  readonly #values = new Float64Array(CHUNK_ROWS)
  readonly #validity: Validity

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#validity.setNull(row)
    if (typeof value !== 'number' || !Number.isFinite(value)) return false
    this.putNumber(row, value)
    return true
  }

  /** Sets a row to a finite number. */
  putNumber(row: number, value: number): void {
    this.#values[row] = value
    this.#validity.setValid(row)
  }

  moveTo(vector: raw.Vector, rows: number): void {
    raw.copy_data_to_vector(vector, 0, this.#values.buffer, 0, rows * Float64Array.BYTES_PER_ELEMENT)
    this.#validity.moveTo(vector, rows)
  }
}

class IntegerBuffer implements ColumnBuffer {
  readonly #values = new Int32Array(CHUNK_ROWS)
  readonly #validity: Validity

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#validity.setNull(row)
    if (typeof value !== 'number' || (value | 0) !== value) return false
    this.#values[row] = value
    this.#validity.setValid(row)
    return true
  }

  moveTo(vector: raw.Vector, rows: number): void {
    raw.copy_data_to_vector(vector, 0, this.#values.buffer, 0, rows * Int32Array.BYTES_PER_ELEMENT)
    this.#validity.moveTo(vector, rows)
  }
}

/** Integers of 64 bits, as multiples of a unit. */
export class LongBuffer implements ColumnBuffer {
  readonly #halves = new Int32Array(CHUNK_ROWS * 2)
  readonly #validity: Validity
  readonly #unit: number
  readonly #max: number

  constructor(nullable: boolean, range: { readonly unit: number; readonly max: number }) {
    this.#validity = new Validity(nullable)
    this.#unit = range.unit
    this.#max = range.max
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#validity.setNull(row)
    return typeof value === 'number' && Number.isInteger(value) && this.putInteger(row, value)
  }

  /** Sets a row to an integer; false when it is too large. */
  putInteger(row: number, value: number): boolean {
    if (Math.abs(value) > this.#max) return false
    const units = value * this.#unit
    const high = Math.floor(units / TWO_POW_32)
    this.#halves[row * 2] = units - high * TWO_POW_32
    this.#halves[row * 2 + 1] = high
    this.#validity.setValid(row)
    return true
  }

  moveTo(vector: raw.Vector, rows: number): void {
    raw.copy_data_to_vector(vector, 0, this.#halves.buffer, 0, rows * 8)
    this.#validity.moveTo(vector, rows)
  }
}

class BooleanBuffer implements ColumnBuffer {
  readonly #values = new Uint8Array(CHUNK_ROWS)
  readonly #validity: Validity

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#validity.setNull(row)
    if (typeof value !== 'boolean') return false
    this.#values[row] = value ? 1 : 0
    this.#validity.setValid(row)
    return true
  }

  moveTo(vector: raw.Vector, rows: number): void {
    raw.copy_data_to_vector(vector, 0, this.#values.buffer, 0, rows)
    this.#validity.moveTo(vector, rows)
  }
}

class BinaryBuffer implements ColumnBuffer {
  readonly #values: (Uint8Array | null)[] = new Array<Uint8Array | null>(CHUNK_ROWS).fill(null)
  readonly #validity: Validity

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    this.#values[row] = null
    if (value === null || value === undefined) return this.#validity.setNull(row)
    if (!(value instanceof Uint8Array)) return false
    this.#values[row] = value
    this.#validity.setValid(row)
    return true
  }

  moveTo(vector: raw.Vector, rows: number): void {
    this.#validity.moveTo(vector, rows)
    for (let row = 0; row < rows; row++) {
      const value = this.#values[row]
      if (value instanceof Uint8Array) raw.vector_assign_string_element_len(vector, row, value)
    }
    this.#values.fill(null)
  }
}
