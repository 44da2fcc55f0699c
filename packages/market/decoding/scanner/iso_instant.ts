// ISO-8601 instants in the form that nearly all producers write: `2026-10-02T16:00:00.123456-04:00`, with `T` or a
// blank, a fraction or none, and `Z` or an offset. instant.ts reads every other form, and says what is no instant.

import { DAY_MS, MINUTE_MS } from '#runtime/units'

const COLON = 0x3a
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const SPACE = 0x20
const UPPER_T = 0x54
const UPPER_Z = 0x5a
const ZERO = 0x30

/** The years 2000 to 2099. */
const CENTURY = 20
const MONTHS = 100 * 12

/** The first days of this century's months, in days since the epoch, and that of the month after. */
const MONTH_STARTS = Int32Array.from({ length: MONTHS + 1 }, (_, month) => Date.UTC(CENTURY * 100, month) / DAY_MS)

/** Where parts stand: `YYYY-MM-DDTHH:MM:SS` is as long as this, and the fraction or zone follows. */
const SECONDS_END = 19

/** Milliseconds since the epoch of the text at [start, stop); NaN when it has another form. */
export function usualInstant(bytes: Uint8Array, start: number, stop: number): number {
  const zoneStart = start + SECONDS_END
  if (stop <= zoneStart) return Number.NaN
  const day = dayAt(bytes, start)
  const second = secondOfDayAt(bytes, start + 11)
  if (day < 0 || second < 0) return Number.NaN
  const fractionEnd = bytes[zoneStart] === POINT ? digitsEnd(bytes, zoneStart + 1, stop) : zoneStart
  const fractionDigits = fractionEnd - zoneStart - 1
  if (fractionDigits === 0 || fractionDigits > FRACTION_DIGITS_MAX) return Number.NaN
  const millis = fractionDigits > 0 ? millisAt(bytes, zoneStart + 1, fractionDigits) : 0
  return day * DAY_MS + second * 1000 + millis - offsetMs(bytes, fractionEnd, stop)
}

const FRACTION_DIGITS_MAX = 9

/** Days since the epoch of `YYYY-MM-DD` and the letter after it, or -1. */
function dayAt(bytes: Uint8Array, at: number): number {
  const separator = bytes[at + 10]
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return -1
  if (separator !== UPPER_T && separator !== SPACE) return -1
  const year = twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const dayOfMonth = twoDigits(bytes, at + 8)
  if (twoDigits(bytes, at) !== CENTURY || year < 0 || month < 1 || month > 12) return -1
  const index = year * 12 + month - 1
  const day = (MONTH_STARTS[index] as number) + dayOfMonth - 1
  return dayOfMonth >= 1 && day < (MONTH_STARTS[index + 1] as number) ? day : -1
}

/** Seconds since midnight of `HH:MM:SS`, or -1. A leap second is no usual one. */
function secondOfDayAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return -1
  const hour = twoDigits(bytes, at)
  const minute = twoDigits(bytes, at + 3)
  const second = twoDigits(bytes, at + 6)
  const exists = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59
  return exists ? (hour * 60 + minute) * 60 + second : -1
}

/** The number that two digits are, or one below 0. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO
  const units = (bytes[at + 1] as number) - ZERO
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : -1
}

function digitsEnd(bytes: Uint8Array, start: number, stop: number): number {
  let at = start
  while (at < stop && isDigit(bytes[at] as number)) at++
  return at
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}

/** The first three of a fraction's digits; finer ones are cut off. */
function millisAt(bytes: Uint8Array, at: number, digits: number): number {
  let millis = ((bytes[at] as number) - ZERO) * 100
  if (digits > 1) millis += ((bytes[at + 1] as number) - ZERO) * 10
  if (digits > 2) millis += (bytes[at + 2] as number) - ZERO
  return millis
}

/** How far a zone that ends the text is ahead of UTC; NaN when it is neither `Z` nor like `-04:00`. */
function offsetMs(bytes: Uint8Array, at: number, stop: number): number {
  if (bytes[at] === UPPER_Z) return stop - at === 1 ? 0 : Number.NaN
  const sign = bytes[at]
  if (stop - at !== 6 || bytes[at + 3] !== COLON || (sign !== PLUS && sign !== MINUS)) return Number.NaN
  const hours = twoDigits(bytes, at + 1)
  const minutes = twoDigits(bytes, at + 4)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN
  return (sign === MINUS ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS
}
