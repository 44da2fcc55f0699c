// Partition values and the names of data files. Values are read from the log only, never from a path, so the path's
// form of a value is for people: our keys stay within characters that no engine and no store has to escape. delta.md
// section 1.

import type { AddFile } from '#delta/actions'
import type { PrimitiveType } from '#delta/schema'
import { PlatformError } from '#runtime/errors'

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

/** Where a file is: an object of the table's own store, or somewhere of its own. */
export type FileLocation =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'absolute'; readonly url: string }

/** Reads a path of the log, which is a URI. Throws TABLE_CORRUPT when it is malformed or leaves the table's folder. */
export function fileLocation(path: string): FileLocation {
  if (ABSOLUTE.test(path)) return { kind: 'absolute', url: path }
  const key = decoded(path)
  if (key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new PlatformError('TABLE_CORRUPT', `the log names a file outside the table's folder: ${path}`)
  }
  return { kind: 'key', key }
}

/** The key of a file of the table. Throws as fileLocation does, and TABLE_UNSUPPORTED for an absolute path. */
export function objectKeyOf(path: string): string {
  const location = fileLocation(path)
  if (location.kind === 'key') return location.key
  const message = `the log names a file by an absolute path, which tickerlake does not follow yet: ${path}`
  throw new PlatformError('TABLE_UNSUPPORTED', message)
}

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'
const ABSOLUTE = /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/
const AWKWARD = /[^A-Za-z0-9._-]/gu

/** Each byte of an awkward character as `_` and two hex digits. Not meant to be read back. */
function plain(text: string): string {
  return text.replace(AWKWARD, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new PlatformError('TABLE_CORRUPT', `the log names a file by a malformed path: ${path}`, { cause })
  }
}

function microsecondText(value: number | bigint | boolean): string {
  const micros = BigInt(value)
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${String(rest).padStart(6, '0')}Z`
}
