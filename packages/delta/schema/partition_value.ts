// Partition values as the log writes them. They are read from the log only, never from a path. Source: PROTOCOL.md,
// Partition Value Serialization; docs/delta.md, What our tables are.

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

function microsecondText(value: number | bigint | boolean): string {
  const micros = BigInt(value)
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${String(rest).padStart(6, '0')}Z`
}
