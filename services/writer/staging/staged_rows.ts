// The rows of one table that wait for their flush, by column. Beside a table's own columns stand two that no file has:
// the assignment that read the row, and its date.

import type { Row } from '#lake/record_to_row'
import { type Column, type ColumnType, PROVENANCE, type TableSpec, TOPIC_COLUMN } from '#lake/tables'
import type { ColumnValues, ValueKind } from '#parquet-bytes/column_values'
import { DAY_MS } from '#runtime/units'
import { BinaryColumn, TextColumn } from '#services/writer/staging/byte_columns'
import { ColumnStore } from '#services/writer/staging/column_store'
import {
  BooleanColumn,
  DateColumn,
  DoubleColumn,
  IntegerColumn,
  LongColumn,
  type StagedColumn,
} from '#services/writer/staging/number_columns'
import { isFilledInPlace, QuoteFiller } from '#services/writer/staging/quote_filler'

/** The rows of one date, of some assignments only when `assignments` is given. */
export interface Selection {
  /** Days since the epoch. */
  readonly day: number
  readonly assignments?: readonly number[]
}

/** Rows that are added one by one, and dropped together. */
export class StagedRows {
  /** The columns of a data file, in their order. */
  readonly columns: readonly ColumnValues[]
  readonly #stores: readonly ColumnStore[]
  /** The columns that are taken from the row one by one. */
  readonly #cells: { readonly take: Column['take']; readonly column: StagedColumn }[] = []
  /** The others. */
  readonly #filler = new QuoteFiller()
  readonly #isReadInPlace: boolean
  readonly #assignments = stagedColumn({ name: 'assignment', type: 'integer', nullable: false })
  readonly #days = stagedColumn({ name: 'day', type: 'integer', nullable: false })
  readonly #dateOf: TableSpec['dateOf']
  #count = 0

  constructor(spec: TableSpec) {
    const staged = [spec.columns, PROVENANCE].map((columns) => columns.map((column) => this.#stage(spec, column)))
    const [own = [], provenance = []] = staged
    this.columns = [...own, topicColumn(spec.topic), ...provenance]
    this.#stores = [...own, ...provenance, this.#assignments.store, this.#days.store]
    this.#isReadInPlace = spec.isReadInPlace === true
    this.#dateOf = spec.dateOf
  }

  get count(): number {
    return this.#count
  }

  /** Adds a row and returns its date in days since the epoch; null when a value does not fit its column. */
  add(row: Row, assignment: number): number | null {
    const at = this.#count
    const day = Math.floor((this.#dateOf(row) as number) / DAY_MS)
    if (!this.#days.set(at, day)) return null
    for (const { column, take } of this.#cells) if (!column.set(at, take(row))) return null
    // Last of those that may fail: what it has set is not set back for the next row.
    if (this.#isReadInPlace && !this.#filler.fill(at, row.decoder.view)) return null
    this.#assignments.set(at, assignment)
    this.#count = at + 1
    return day
  }

  /** Which rows are selected. */
  rowsOf({ day, assignments }: Selection): Int32Array {
    const rows = new Int32Array(this.#count)
    const wanted = assignments === undefined ? null : new Set(assignments)
    const [days, ids] = [this.#days.store.words, this.#assignments.store.words]
    let count = 0
    for (let row = 0; row < this.#count; row++) {
      if (days[row] !== day) continue
      if (wanted === null || wanted.has(ids[row] as number)) rows[count++] = row
    }
    return rows.subarray(0, count)
  }

  /** Drops all rows. */
  clear(): void {
    for (const store of this.#stores) store.clear()
    this.#count = 0
  }

  #stage(spec: TableSpec, column: Column): ColumnStore {
    const staged = stagedColumn(column)
    if (isFilledInPlace(spec, column)) this.#filler.add(column, staged)
    else this.#cells.push({ take: column.take, column: staged })
    return staged.store
  }
}

const KINDS: Readonly<Record<ColumnType, ValueKind>> = {
  string: 'text',
  long: 'int64',
  integer: 'int32',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  binary: 'bytes',
}

const CLASSES: Readonly<Record<ValueKind, new (store: ColumnStore) => StagedColumn>> = {
  text: TextColumn,
  int64: LongColumn,
  int32: IntegerColumn,
  double: DoubleColumn,
  boolean: BooleanColumn,
  date: DateColumn,
  timestamp: LongColumn,
  bytes: BinaryColumn,
}

function stagedColumn({ name, type, nullable }: Pick<Column, 'name' | 'type' | 'nullable'>): StagedColumn {
  const kind = KINDS[type]
  return new CLASSES[kind](new ColumnStore({ name, kind, isNullable: nullable }))
}

/** The column that is the same in all rows. */
function topicColumn(topic: string): ColumnValues {
  const column = stagedColumn({ name: TOPIC_COLUMN, type: 'string', nullable: false })
  column.set(0, topic)
  const { name, kind, isNullable, words, validity, isEmpty, heap } = column.store
  return { name, kind, isNullable, isConstant: true, words, validity, isEmpty, heap }
}
