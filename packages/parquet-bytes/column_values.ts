// Columns of plain values as they are collected row by row and written to Parquet: fixed-size values in 32-bit words,
// little endian, so that no value is an object on its way.

/**
 * What a column holds. A double is finite, since no bounds hold for NaN. An int64 is one that a double holds exactly. A
 * date is days since the epoch, a timestamp microseconds since the epoch, UTC. Text is UTF-8.
 */
export type ValueKind = 'double' | 'int32' | 'int64' | 'date' | 'timestamp' | 'boolean' | 'text' | 'bytes'

/** Words of a value by its kind; a boolean is 0 or 1. */
export const VALUE_WORDS: Readonly<Record<ValueKind, number>> = {
  double: 2,
  int32: 1,
  int64: 2,
  date: 1,
  timestamp: 2,
  boolean: 1,
  text: 4,
  bytes: 4,
}

/** Up to this length, the words of a text are its length and itself; beyond, its length and place in the heap. */
export const INLINE_BYTES_MAX = 12

/** The values of a column; row r has those words from r times VALUE_WORDS on. */
export interface ColumnValues {
  readonly name: string
  readonly kind: ValueKind
  readonly isNullable: boolean
  /** Every row has the value of row 0, and no other row is looked at. For texts that are not nullable only. */
  readonly isConstant?: boolean
  readonly words: Int32Array
  /** A bit a row, set when there is a value. */
  readonly validity: Uint8Array
  /** No row has a value: then nothing else is looked at. */
  readonly isEmpty: boolean
  /** Where long texts stand. */
  readonly heap: Uint8Array
}

/** The smallest and the largest of a column's values, and how many rows have none. */
export interface ValueRange {
  nullCount: number
  min?: number | string
  max?: number | string
}
