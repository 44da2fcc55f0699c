// Partition values and the names of data files. Values are read from the log only, never from a path, so the path's
// form of a value is for people: our keys stay within characters that no engine and no store has to escape.
// Source: docs/delta.md, What our tables are.

import type { AddFile } from '#delta/log/actions'
import type { PrimitiveType } from '#delta/schema/schema'

/** A partition value in JavaScript. Timestamps are microseconds since the epoch. */
export type PartitionValue = string | number | bigint | boolean | null

/** The value as the log writes it. Dates are `YYYY-MM-DD` strings. null and the empty string both mean null. */
export function encodePartitionValue(type: PrimitiveType, value: PartitionValue): string | null {
  if (value === null || value === '') return null
  if (type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(String(value))) throw new Error(`not a date: ${value}`)
  if ((type === 'timestamp' || type === 'timestamp_ntz') && typeof value !== 'string') return microsecondText(value)
  return String(value)
}

/** What the log says of a file's partition column: null when it is null, empty or absent. */
export function partitionValue(file: AddFile, column: string): string | null {
  const value = file.partitionValues[column]
  return value === undefined || value === '' ? null : value
}

/** A new data file. */
export interface DataFileName {
  readonly partitionColumns: readonly string[]
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Unique for life (UUID). */
  readonly id: string
  /** Tells the files of one commit apart; 0 by default. */
  readonly part?: number
}

/** The path of a new data file, which is its key, too: `date=2026-11-21/part-00000-<id>.c000.zstd.parquet`. */
export function dataFilePath({ partitionColumns, partitionValues, id, part = 0 }: DataFileName): string {
  const folders = partitionColumns.map((column) => {
    const value = partitionValues[column] ?? null
    return `${plain(column)}=${value === null || value === '' ? HIVE_NULL : plain(value)}`
  })
  return [...folders, `part-${String(part).padStart(5, '0')}-${id}.c000.zstd.parquet`].join('/')
}

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'
const AWKWARD = /[^A-Za-z0-9._-]/gu

/** Each byte of an awkward character as `_` and two hex digits. Not meant to be read back. */
function plain(text: string): string {
  return text.replace(AWKWARD, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}

function microsecondText(value: number | bigint | boolean): string {
  const micros = BigInt(value)
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${String(rest).padStart(6, '0')}Z`
}
