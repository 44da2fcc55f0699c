// Which keys are allowed, and their order. One rule for all stores, so that what is written to one can be copied to any
// other. What others wrote may be read under any name that stays below the root; what we write needs no escaping.

import type { ByteRange } from '#object-store/object_store'
import { UNFINISHED_PREFIX } from '#runtime/files/atomic_file'

/** S3's own limit. */
export const KEY_BYTES_MAX = 1024

const WRITTEN = /^[A-Za-z0-9._=/-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED = /[\u0000-\u001f\u007f\\]/
const SURROGATE = /[\ud800-\udfff]/

/**
 * Throws a RangeError unless the key may be written: see ObjectStore, and no segment is an unfinished file's, since the
 * filesystem store would not list it.
 */
export function assertWritableKey(key: string): void {
  assertCopyableKey(key)
  if (!WRITTEN.test(key)) throw invalid(key, 'only letters, digits and . _ = - / may be written')
}

/** As assertReadableKey, and it is no unfinished file's: what others named so can be taken over under the same name. */
export function assertCopyableKey(key: string): void {
  assertReadableKey(key)
  if (`/${key}`.includes(`/${UNFINISHED_PREFIX}`)) throw invalid(key, `no segment may begin with ${UNFINISHED_PREFIX}`)
}

/** Throws a RangeError unless the key names a place below the root. */
export function assertReadableKey(key: string): void {
  assertCharacters(key)
  for (const segment of key.split('/')) assertSegment(key, segment)
}

/**
 * Throws a RangeError unless the prefix is empty or begins keys below the root; its last segment may be cut anywhere.
 */
export function assertPrefix(prefix: string): void {
  assertCharacters(prefix)
  for (const segment of prefix.split('/').slice(0, -1)) assertSegment(prefix, segment)
}

/** Throws a RangeError unless both numbers are whole and not negative. */
export function assertRange({ offset, length }: ByteRange): void {
  if (isCount(offset) && isCount(length)) return
  throw new RangeError(`not a range of bytes: ${length} from ${offset} on`)
}

/** The order of listings: by UTF-8 bytes, which for most strings is JavaScript's own order. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

function assertCharacters(key: string): void {
  if (!key.isWellFormed()) throw invalid(key, 'it has half of a surrogate pair, which has no bytes')
  if (REFUSED.test(key)) throw invalid(key, 'it has a control character or a backslash')
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw invalid(key, `it is longer than ${KEY_BYTES_MAX} bytes`)
}

function assertSegment(key: string, segment: string): void {
  if (segment === '') throw invalid(key, 'it has an empty segment')
  if (segment === '.' || segment === '..') throw invalid(key, `it has a segment '${segment}'`)
}

function invalid(key: string, why: string): RangeError {
  return new RangeError(`not a valid object key: ${JSON.stringify(key.slice(0, 200))}: ${why}`)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
