// Which rows of a column have a value. Invariant: a row that was not touched since the chunk began is null, so that a
// column without values costs nothing.

import raw from '@duckdb/node-bindings'
import { CHUNK_ROWS } from '#services/writer/limits'

const BYTES = CHUNK_ROWS / 8

/** Of a column in which every row is null. */
const ALL_NULL = new Uint8Array(BYTES)

/** A bit a row, set when there is a value: DuckDB's validity mask. */
export class Validity {
  readonly #nullable: boolean
  readonly #bits = new Uint8Array(BYTES)
  #hasValues = false

  constructor(nullable: boolean) {
    this.#nullable = nullable
  }

  /** Whether a row has a value, or had one before it was set to null. */
  get hasValues(): boolean {
    return this.#hasValues
  }

  /** False when the column has no nulls. */
  setNull(row: number): boolean {
    this.#bits[row >> 3] = (this.#bits[row >> 3] as number) & ~(1 << (row & 7))
    return this.#nullable
  }

  setValid(row: number): void {
    this.#hasValues = true
    this.#bits[row >> 3] = (this.#bits[row >> 3] as number) | (1 << (row & 7))
  }

  /** Copies the first `rows` bits into a vector and begins anew. */
  moveTo(vector: raw.Vector, rows: number): void {
    if (this.#nullable) {
      const bits = this.#hasValues ? this.#bits : ALL_NULL
      raw.vector_ensure_validity_writable(vector)
      raw.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, Math.ceil(rows / 64) * 8)
    }
    if (this.#hasValues) this.#bits.fill(0)
    this.#hasValues = false
  }
}
