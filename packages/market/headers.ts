// The headers of ours on a record: their names, and how each is written and read. Whoever copies a record copies its
// headers. A header that none of us can have written says nothing: its record is treated as if it were not there.

import type { Offset } from '#runtime/units'

/** Of a re-keyed copy: `partition:offset` of the original in the same topic. */
export const ORIGIN_HEADER = 'tickerlake-origin'

/** Of a record that the replay source published: a quote of it is not stale because its event time is long ago. */
export const REPLAYED_HEADER = 'tickerlake-replayed'

/** Of a record that was published again after it had been refused: how often it was tried. */
export const ATTEMPT_HEADER = 'tickerlake-attempt'

/** Of a record of stock-dead-letters that is no letter, but says which ones were redriven (redrive_mark.ts). */
export const REDRIVE_HEADER = 'tickerlake-redriven'

/** The headers of a record as the log hands them over. */
type Headers = Readonly<Record<string, Uint8Array>> | null

/** Where a record stands in its topic. */
export interface RecordPlace {
  readonly partition: number
  readonly offset: Offset
}

/** Partitions that a copy may name as its origin. A higher number is not taken for an origin. */
export const ORIGIN_PARTITIONS_MAX = 100_000

/** The value of the origin header. */
export function encodeOrigin({ partition, offset }: RecordPlace): string {
  return `${partition}:${offset}`
}

/**
 * The place that a record of a partition names as its origin; null when it has no such header, when its text is not
 * exactly what `encodeOrigin` writes, or when the place does not come before the copy in its own partition: then the
 * record is a quote of its own, and must not be lost. On the hot path.
 */
export function originOf(
  copy: { readonly headers: Headers; readonly offset: Offset },
  copyIn: number,
): RecordPlace | null {
  const header = copy.headers === null ? undefined : copy.headers[ORIGIN_HEADER]
  if (header === undefined || header.length > ORIGIN_BYTES_MAX) return null
  const colon = header.indexOf(COLON)
  const partition = integerIn(header, 0, colon)
  const offset = integerIn(header, colon + 1, header.length) as Offset | null
  if (partition === null || offset === null || partition >= ORIGIN_PARTITIONS_MAX) return null
  return partition === copyIn && offset >= copy.offset ? null : { partition, offset }
}

const COLON = 0x3a
const ZERO = 0x30
const ONE = 0x31
const ORIGIN_BYTES_MAX = 22

/** Decimal digits without a leading zero, as JavaScript writes a safe integer. */
function integerIn(bytes: Uint8Array, start: number, end: number): number | null {
  if (end <= start || (bytes[start] === ZERO && end > start + 1)) return null
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return Number.isSafeInteger(value) ? value : null
}

/** The headers of a replayed record: one byte, the digit 1. */
export const REPLAYED_HEADERS: Readonly<Record<string, Uint8Array>> = { [REPLAYED_HEADER]: Uint8Array.of(ONE) }

/** Whether a record with these headers is replayed history. */
export function isReplayed(headers: Headers): boolean {
  if (headers === null) return false
  const value = headers[REPLAYED_HEADER]
  return value !== undefined && value.length === 1 && value[0] === ONE
}

/** The header of a record that is tried for the nth time. */
export function attemptHeaders(attempt: number): Record<string, string> {
  return { [ATTEMPT_HEADER]: String(attempt) }
}

/** How often a record was tried: 1 unless its header says otherwise. */
export function attemptOf(headers: Headers): number {
  const header = headers?.[ATTEMPT_HEADER]
  if (header === undefined || header.length > ATTEMPT_DIGITS_MAX) return 1
  const text = String.fromCharCode(...header)
  return /^[1-9]\d*$/.test(text) ? Number(text) : 1
}

const ATTEMPT_DIGITS_MAX = 6

/** The headers of a redrive mark. */
export const REDRIVE_MARK_HEADERS: Readonly<Record<string, string>> = { [REDRIVE_HEADER]: '1' }

/** Whether a record of stock-dead-letters is a mark and no letter. */
export function isRedriveMark(headers: Headers): boolean {
  return headers !== null && REDRIVE_HEADER in headers
}
