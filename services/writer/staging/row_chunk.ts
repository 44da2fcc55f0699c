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
  readonly #cells: readonly { readonly take: Column['take']; readonly buffer: ColumnBuffer }[]
  readonly #assignment = columnBuffer('integer', false)
  readonly #date = columnBuffer('integer', false)
  readonly #dateOf: TableSpec['dateOf']
  readonly #chunk: DuckDBDataChunk
  #rows = 0
  #bytes = 0

  constructor(spec: TableSpec) {
    this.#cells = [...spec.columns, ...PROVENANCE].map(({ type, nullable, take }) => {
      return { take, buffer: columnBuffer(type, nullable) }
    })
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
    const day = Math.floor((this.#dateOf(row) as number) / DAY_MS)
    if (!this.#date.set(at, day)) return null
    this.#assignment.set(at, assignment)
    this.#rows = at + 1
    this.#bytes += row.record.value?.length ?? 0
    return day
  }

  /** Hands the rows to DuckDB and begins anew. */
  moveTo(appender: DuckDBAppender): void {
    if (this.#rows === 0) return
    this.#chunk.rowCount = this.#rows
    const columns = [...this.#cells.map((cell) => cell.buffer), this.#assignment, this.#date]
    for (const [i, column] of columns.entries()) {
      column.moveTo(raw.data_chunk_get_vector(this.#chunk.chunk, i), this.#rows)
    }
    appender.appendDataChunk(this.#chunk)
    this.#chunk.reset()
    this.#rows = 0
    this.#bytes = 0
  }
}
