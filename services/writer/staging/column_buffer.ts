// One column of a chunk in DuckDB's own vector layout, in memory that is reused: a row costs no call into DuckDB and no
// object. Integers of 64 bits are written as two halves, strings up to 12 ASCII characters inline, as a
// duckdb_string_t. Source: duckdb.h (duckdb_string_t, validity mask); only little-endian machines, as all that DuckDB
// is built for.

import { endianness } from 'node:os'
import raw from '@duckdb/node-bindings'
import type { ColumnType } from '#lake/tables'
import { CHUNK_ROWS } from '#services/writer/limits'

/** The values of one column for the rows of a chunk. */
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
      return new StringBuffer(nullable)
    case 'binary':
      return new BinaryBuffer(nullable)
  }
}

const MICROS_PER_MS = 1000

/** Milliseconds whose microseconds a double holds exactly: until the year 2255. */
const TIMESTAMP_MAX_MS = Math.floor(Number.MAX_SAFE_INTEGER / MICROS_PER_MS)

const TWO_POW_32 = 2 ** 32

/** Which rows are null: a bit a row, set when there is a value. */
class Validity {
  readonly #nullable: boolean
  readonly #bits = new Uint8Array(CHUNK_ROWS / 8).fill(0xff)
  #anyNull = false

  constructor(nullable: boolean) {
    this.#nullable = nullable
  }

  setNull(row: number): boolean {
    if (!this.#nullable) return false
    this.#anyNull = true
    this.#bits[row >> 3] = (this.#bits[row >> 3] as number) & ~(1 << (row & 7))
    return true
  }

  setValid(row: number): void {
    if (this.#anyNull) this.#bits[row >> 3] = (this.#bits[row >> 3] as number) | (1 << (row & 7))
  }

  moveTo(vector: raw.Vector, rows: number): void {
    if (!this.#anyNull) return
    raw.vector_ensure_validity_writable(vector)
    raw.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, Math.ceil(rows / 64) * 8)
    this.#bits.fill(0xff)
    this.#anyNull = false
  }
}

class DoubleBuffer implements ColumnBuffer {
  readonly #values = new Float64Array(CHUNK_ROWS)
  readonly #validity: Validity

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (value === null || value === undefined) return this.#validity.setNull(row)
    if (typeof value !== 'number' || !Number.isFinite(value)) return false
    this.#values[row] = value
    this.#validity.setValid(row)
    return true
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

class LongBuffer implements ColumnBuffer {
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
    if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > this.#max) return false
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

/** What a duckdb_string_t holds in itself; longer strings are given to DuckDB one by one. */
const INLINE_BYTES_MAX = 12
const STRING_BYTES = 16
const STRING_WORDS = STRING_BYTES / 4
const LENGTH_BYTES = 4

class StringBuffer implements ColumnBuffer {
  readonly #bytes = new Uint8Array(CHUNK_ROWS * STRING_BYTES)
  readonly #words = new Int32Array(this.#bytes.buffer)
  readonly #validity: Validity
  readonly #long: (string | null)[] = new Array<string | null>(CHUNK_ROWS).fill(null)
  #anyLong = false

  constructor(nullable: boolean) {
    this.#validity = new Validity(nullable)
  }

  set(row: number, value: unknown): boolean {
    if (this.#anyLong) this.#long[row] = null
    if (value === null || value === undefined) {
      this.#clear(row)
      return this.#validity.setNull(row)
    }
    if (typeof value !== 'string') return false
    this.#clear(row)
    this.#validity.setValid(row)
    if (value.length > INLINE_BYTES_MAX || !this.#inline(row, value)) {
      this.#clear(row)
      this.#long[row] = value
      this.#anyLong = true
    }
    return true
  }

  moveTo(vector: raw.Vector, rows: number): void {
    raw.copy_data_to_vector(vector, 0, this.#bytes.buffer, 0, rows * STRING_BYTES)
    this.#validity.moveTo(vector, rows)
    if (!this.#anyLong) return
    for (let row = 0; row < rows; row++) {
      const value = this.#long[row]
      if (typeof value === 'string') raw.vector_assign_string_element(vector, row, value)
    }
    this.#long.fill(null)
    this.#anyLong = false
  }

  #clear(row: number): void {
    const first = row * STRING_WORDS
    this.#words[first] = 0
    this.#words[first + 1] = 0
    this.#words[first + 2] = 0
    this.#words[first + 3] = 0
  }

  #inline(row: number, value: string): boolean {
    const first = row * STRING_BYTES + LENGTH_BYTES
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      this.#bytes[first + i] = code
    }
    this.#words[row * STRING_WORDS] = value.length
    return true
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
