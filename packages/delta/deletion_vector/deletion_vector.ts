// Deletion vectors: rows of a data file that are in the table no more. Where one is kept (in the log itself, in a file
// of the table's folder), and which rows it is. Source: PROTOCOL.md, Deletion Vectors.

import { objectKeyOf } from '#delta/data_file/path'
import { BitmapError, type RowContainer, readRoaringBitmap } from '#delta/deletion_vector/roaring'
import { decodeZ85 } from '#delta/deletion_vector/z85'
import type { DeletionVector } from '#delta/log/actions'
import { PlatformError } from '#runtime/errors'

/** What is wrong with a descriptor of the log, if anything. */
export function descriptorFault(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { storageType, pathOrInlineDv, offset, sizeInBytes, cardinality } = fields
  if (!['u', 'i', 'p'].includes(String(storageType))) return `has the unknown storage type ${String(storageType)}`
  if (typeof pathOrInlineDv !== 'string') return 'has no path'
  if (!isCount(sizeInBytes)) return 'has no size'
  if (!isCount(cardinality)) return 'has no cardinality'
  return offset === undefined || offset === null || isCount(offset) ? undefined : 'has an offset that is none'
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** Where a vector's bytes are: in the log, or in an object of the table at this key. */
export type VectorPlace =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'object'; readonly key: string }

/** Finds a vector. Throws TABLE_CORRUPT, and TABLE_UNSUPPORTED when it is outside the folder of the table at `root`. */
export function vectorPlace(vector: DeletionVector, root: string): VectorPlace {
  const { storageType, pathOrInlineDv, sizeInBytes } = vector
  if (storageType === 'p') return { kind: 'object', key: objectKeyOf(pathOrInlineDv, root) }
  if (storageType === 'u') return { kind: 'object', key: objectKeyOf(relativePath(pathOrInlineDv, root), root) }
  const bytes = decodeZ85(pathOrInlineDv)
  if (bytes === undefined || bytes.length < sizeInBytes)
    throw damagedVector(root, 'in the log', 'it is no base 85 of its size')
  return { kind: 'inline', bytes: bytes.subarray(0, sizeInBytes) }
}

const UUID_CHARACTERS = 20

function relativePath(text: string, root: string): string {
  const prefix = text.slice(0, -UUID_CHARACTERS)
  const bytes = decodeZ85(text.slice(-UUID_CHARACTERS))
  if (bytes?.length !== 16) throw damagedVector(root, 'in the log', `its name ${text} is no base 85 of a UUID`)
  const hex = Buffer.from(bytes).toString('hex')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const folder = prefix === '' ? '' : `${encodeURIComponent(prefix)}/`
  return `${folder}deletion_vector_${uuid}.bin`
}

/** The rows that a vector deletes, 65,536 at a time. Throws TABLE_CORRUPT when they are not as many as it should. */
export function* deletedRows(
  bytes: Uint8Array,
  expected: { readonly cardinality: number; readonly table: string; readonly file: string },
): Generator<RowContainer, void, void> {
  const where = `of ${expected.file}`
  let count = 0
  try {
    for (const container of readRoaringBitmap(bytes)) {
      count += container.count
      if (count > expected.cardinality) break
      yield container
    }
  } catch (error) {
    if (error instanceof BitmapError) throw damagedVector(expected.table, where, error.message, error)
    throw error
  }
  if (count === expected.cardinality) return
  const found = count > expected.cardinality ? 'more' : `${count}`
  throw damagedVector(
    expected.table,
    where,
    `it deletes ${found} rows, not the ${expected.cardinality} that the log says`,
  )
}

/** The error for a vector that is not what the log says. */
export function damagedVector(root: string, where: string, what: string, cause?: unknown): PlatformError {
  const message = `the deletion vector ${where} of the Delta table ${root} is damaged: ${what}`
  return new PlatformError('TABLE_CORRUPT', `${message}; restore it from a backup`, { cause, fields: { table: root } })
}
