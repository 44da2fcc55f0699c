// Rows on their way from a batch to DuckDB: one buffer a column, filled by the decode loop, handed over 2,048 at a
// time. Behind a table's own columns stand two that never leave the staging: the assignment that read the row, and its
// date.

import { type DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api'
import raw from '@duckdb/node-bindings'
import { clientType } from '#duckdb/client_types'
import type { Row } from '#lake/record_to_row'
import { type Column, type ColumnType, PROVENANCE, type TableSpec } from '#lake/tables'
import { DAY_MS } from '#runtime/units'
import { CHUNK_BYTES_MAX, CHUNK_ROWS } from '#services/writer/limits'
import { type ColumnBuffer, columnBuffer } from '#services/writer/staging/column_buffer'
import { isFilledInPlace, QuoteFiller } from '#services/writer/staging/quote_filler'

/** A column of a staging table. */
export interface StagedColumn {
  readonly name: string
  readonly type: ColumnType | 'date'
}

/** Staging only: which assignment read the row. */
export const ASSIGNMENT_COLUMN = '_assignment'

/** Staging only: the row's date. */
export const STAGED_DATE_COLUMN = '_date'

/** The columns of a table's staging, in the order of a chunk. */
export function stagedColumns(spec: TableSpec): readonly StagedColumn[] {
  return [
    ...[...spec.columns, ...PROVENANCE].map(({ name, type }) => ({ name, type })),
    { name: ASSIGNMENT_COLUMN, type: 'integer' },
    { name: STAGED_DATE_COLUMN, type: 'date' },
  ]
}

/** The rows of a table that DuckDB does not have yet. */
export class RowChunk {
  /** In the order of the chunk's columns. */
  readonly #buffers: readonly ColumnBuffer[]
  /** The columns that are taken from the row one by one. */
  readonly #cells: { readonly take: Column['take']; readonly buffer: ColumnBuffer }[] = []
  /** The others. */
  readonly #filler = new QuoteFiller()
  readonly #isReadInPlace: boolean
  readonly #assignment = columnBuffer('integer', false)
  readonly #date = columnBuffer('integer', false)
  readonly #dateOf: TableSpec['dateOf']
  readonly #chunk: DuckDBDataChunk
  #rows = 0
  #bytes = 0

  constructor(spec: TableSpec) {
    const columns = [...spec.columns, ...PROVENANCE]
    const buffers = columns.map(({ type, nullable }) => columnBuffer(type, nullable))
    for (const [i, column] of columns.entries()) {
      const buffer = buffers[i] as ColumnBuffer
      if (isFilledInPlace(spec, column)) this.#filler.add(column, buffer)
      else this.#cells.push({ take: column.take, buffer })
    }
    this.#buffers = [...buffers, this.#assignment, this.#date]
    this.#isReadInPlace = spec.isReadInPlace === true
    this.#dateOf = spec.dateOf
    this.#chunk = DuckDBDataChunk.create(stagedColumns(spec).map(({ type }) => clientType(type)))
  }

  get rows(): number {
    return this.#rows
  }

  get isFull(): boolean {
    return this.#rows === CHUNK_ROWS || this.#bytes >= CHUNK_BYTES_MAX
  }

  /** Adds a row and returns its date in days since the epoch; null when a value does not fit its column. */
  add(row: Row, assignment: number): number | null {
    const at = this.#rows
    for (const cell of this.#cells) if (!cell.buffer.set(at, cell.take(row))) return null
    if (this.#isReadInPlace && !this.#filler.fill(at, row.decoder.view)) return null
    const day = Math.floor((this.#dateOf(row) as number) / DAY_MS)
    if (!this.#date.set(at, day)) return null
    this.#assignment.set(at, assignment)
    this.#rows = at + 1
    this.#bytes += row.valueBytes
    return day
  }

  /** Hands the rows to DuckDB and begins anew. */
  moveTo(appender: DuckDBAppender): void {
    if (this.#rows === 0) return
    this.#chunk.rowCount = this.#rows
    for (const [i, buffer] of this.#buffers.entries()) {
      buffer.moveTo(raw.data_chunk_get_vector(this.#chunk.chunk, i), this.#rows)
    }
    appender.appendDataChunk(this.#chunk)
    this.#chunk.reset()
    this.#rows = 0
    this.#bytes = 0
  }
}
