// A quote's timestamp by the settings: a number in the one unit that is set, or a text with a zone, or without one in
// the zone that is set. Nothing is guessed from a value's size; what it looks like is only said in a dead letter.

import { parseIsoInstant } from '#market/decoding/instant'
import { timeZone } from '#market/decoding/time_zone'

/** Units of numbers. */
export const TIMESTAMP_UNITS = ['s', 'ms', 'us', 'ns'] as const

export type TimestampUnit = (typeof TIMESTAMP_UNITS)[number]

/** How timestamps are read. */
export interface TimestampSettings {
  /** The unit of numbers. */
  readonly timestampUnit: TimestampUnit
  /** IANA name of the zone of texts without one; null: these are refused. */
  readonly timestampZone: string | null
}

/** Milliseconds since the epoch of a value, or NaN; what is finer is to be cut off. A bigint is nanoseconds. */
export type TimestampReader = (value: unknown) => number

/** Makes a reader. Throws a RangeError when nobody knows the zone. */
export function timestampReader({ timestampUnit, timestampZone }: TimestampSettings): TimestampReader {
  const zone = timestampZone === null ? null : timeZone(timestampZone)
  if (timestampZone !== null && zone === null) throw new RangeError(`there is no time zone ${timestampZone}`)
  const ofText = (value: unknown) => (typeof value === 'string' ? parseIsoInstant(value, zone) : Number.NaN)
  const ofNumber = MILLISECONDS[timestampUnit]
  const ofRest = (value: unknown) => (typeof value === 'bigint' ? Number(value / 1_000_000n) : ofText(value))
  if (timestampUnit === 'ms') return (value) => (typeof value === 'number' ? value : ofText(value))
  return (value) => (typeof value === 'number' ? ofNumber(value) : ofRest(value))
}

/** What a number is in milliseconds, by its unit. */
export const MILLISECONDS: Readonly<Record<TimestampUnit, (value: number) => number>> = {
  // Rounded to the microsecond, about what a double holds of them: 1795880555.17 s is not 1 ms less than it says.
  s: (value) => Math.round(value * 1e6) / 1e3,
  ms: (value) => value,
  us: (value) => value / 1e3,
  ns: (value) => value / 1e6,
}

/**
 * Whether nanoseconds beyond 2^53 were rounded so close to a full millisecond that only the digits tell which it is.
 */
export function isNanosecondsInDoubt(value: unknown): value is number {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return false
  const ms = value / 1e6
  return Math.abs(ms - Math.round(ms)) < DOUBT_MS
}

/** More than the rounding of a double up to the year 2262, and that of the division. */
const DOUBT_MS = 1e-3
