// The smallest and the largest value of a column in some rows, as the statistics of a file have them.

import type { ColumnValues } from '#parquet-bytes/column_values'
import type { ByteValues } from '#parquet-bytes/values/byte_values'

/** Bounds of what is there. */
export interface EncodedRange {
  readonly min: number | Uint8Array
  readonly max: number | Uint8Array
}

/** Zero has two signs, which compare as equal: the bounds take in both. */
export function rangeOfDoubles({ words }: ColumnValues, rows: Int32Array): EncodedRange {
  const values = new Float64Array(words.buffer, words.byteOffset, words.length / 2)
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] as number] as number
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }
}

export function rangeOfIntegers({ words }: ColumnValues, rows: Int32Array): EncodedRange {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < rows.length; i++) {
    const value = words[rows[i] as number] as number
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

const TWO_POW_32 = 2 ** 32

/** Of integers that a double holds. */
export function rangeOfLongs({ words }: ColumnValues, rows: Int32Array): EncodedRange {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * 2
    const value = (words[at + 1] as number) * TWO_POW_32 + ((words[at] as number) >>> 0)
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

/** In the order of unsigned bytes; null when there is no row. */
export function rangeOfBytes(values: ByteValues, rows: Int32Array): EncodedRange | null {
  if (rows.length === 0) return null
  let [min, max] = [rows[0] as number, rows[0] as number]
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i] as number
    if (values.compare(row, min) < 0) min = row
    else if (values.compare(row, max) > 0) max = row
  }
  return { min: values.bytesOf(min), max: values.bytesOf(max) }
}
