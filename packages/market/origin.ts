// The origin of a re-keyed copy, as its header has it: `partition:offset` of the original in the same topic. The stream
// writes it; stream, writer and verify read it here, so that they agree on which records are copies. A header that the
// stream cannot have written is no origin: its record is a quote of its own, and must not be lost.

import type { Offset } from '#runtime/units'

/** Header of a re-keyed copy. */
export const ORIGIN_HEADER = 'tickerlake-origin'

/** Partitions that a copy may name as its origin. A higher number is not taken for an origin. */
export const ORIGIN_PARTITIONS_MAX = 100_000

/** Where a record stands in its topic. */
export interface Place {
  readonly partition: number
  readonly offset: Offset
}

/** The header's value. */
export function encodeOrigin({ partition, offset }: Place): string {
  return `${partition}:${offset}`
}

/**
 * The place that the header of the record at `copy` names; null when there is no header, when its text is not exactly
 * what `encodeOrigin` writes, or when the place does not come before the copy in its own partition.
 */
export function originOf(header: Uint8Array | undefined, copy: Place): Place | null {
  if (header === undefined || header.length > ORIGIN_BYTES_MAX) return null
  const colon = header.indexOf(COLON)
  const partition = integerIn(header, 0, colon)
  const offset = integerIn(header, colon + 1, header.length) as Offset | null
  if (partition === null || offset === null || partition >= ORIGIN_PARTITIONS_MAX) return null
  return partition === copy.partition && offset >= copy.offset ? null : { partition, offset }
}

const COLON = 0x3a
const ZERO = 0x30
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
