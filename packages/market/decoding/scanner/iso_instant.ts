// ISO-8601 instants in the form that nearly all producers write: `2026-10-02T16:00:00.123456-04:00`, with `T` or a
// blank, a fraction or none, and `Z` or an offset. instant.ts reads every other form, and says what is no instant.
// Quotes come by the thousand from the same minute, so the minute read last is kept: its sixteen bytes are compared,
// and not worked out again.

import { FAILED, type JsonReader } from '#market/decoding/scanner/json_reader'
import { DAY_MS, MINUTE_MS } from '#runtime/units'

const QUOTE = 0x22
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const UPPER_T = 0x54
const UPPER_Z = 0x5a
const SPACE = 0x20

/** `YYYY-MM-DDTHH:MM` is as long as this, and `:SS` follows. */
const MINUTE_BYTES = 16

/** What is kept before a minute was read. */
const FIRST_MINUTE = Buffer.from('2000-01-01T00:00')

/** Reads instants of the usual form. */
export class InstantReader {
  /** Milliseconds since the epoch of the instant that was read last. */
  ms = Number.NaN
  readonly #json: JsonReader
  /** The minute that was read last: its milliseconds since the epoch, and its bytes, four at a time. */
  #minuteMs = Date.UTC(2000, 0)
  #word0 = FIRST_MINUTE.readInt32LE(0)
  #word1 = FIRST_MINUTE.readInt32LE(4)
  #word2 = FIRST_MINUTE.readInt32LE(8)
  #word3 = FIRST_MINUTE.readInt32LE(12)

  constructor(json: JsonReader) {
    this.#json = json
  }

  /** Reads a string, from quote to quote. FAILED: it has another form. */
  read(at: number): number {
    const { bytes, last } = this.#json
    const start = at + 1
    const secondStart = start + MINUTE_BYTES
    if (secondStart > last || bytes[at] !== QUOTE || bytes[secondStart] !== COLON) return FAILED
    if (!this.#isSameMinute(start) && !this.#readMinute(start)) return FAILED
    const second = twoDigits(bytes, secondStart + 1)
    if (second < 0 || second > 59) return FAILED
    this.ms = this.#minuteMs + second * 1000
    return this.#readRest(secondStart + 3)
  }

  /** The last bytes are compared first: most minutes differ there. */
  #isSameMinute(start: number): boolean {
    const { words } = this.#json
    return (
      words.getInt32(start + 12, true) === this.#word3 &&
      words.getInt32(start + 8, true) === this.#word2 &&
      words.getInt32(start + 4, true) === this.#word1 &&
      words.getInt32(start, true) === this.#word0
    )
  }

  /** False: it is no minute, or not of the usual form. The one that is kept stays. */
  #readMinute(start: number): boolean {
    const { bytes, words } = this.#json
    const day = dayAt(bytes, start)
    const minute = minuteOfDayAt(bytes, start + 11)
    if (day < 0 || minute < 0) return false
    this.#minuteMs = day * DAY_MS + minute * MINUTE_MS
    this.#word0 = words.getInt32(start, true)
    this.#word1 = words.getInt32(start + 4, true)
    this.#word2 = words.getInt32(start + 8, true)
    this.#word3 = words.getInt32(start + 12, true)
    return true
  }

  /** The fraction, the zone and the quote. Finer digits than milliseconds are cut off. */
  #readRest(at: number): number {
    const { bytes } = this.#json
    let next = at
    if (bytes[next] === POINT) {
      let digit = (bytes[++next] as number) - ZERO
      const start = next
      while (digit >= 0 && digit <= 9) {
        this.ms += digit * (MILLIS_OF_DIGIT[next - start] as number)
        digit = (bytes[++next] as number) - ZERO
      }
      if (next === start || next - start > FRACTION_DIGITS_MAX) return FAILED
    }
    if (bytes[next] === UPPER_Z) next++
    else next = this.#readOffset(next)
    return bytes[next] === QUOTE ? next + 1 : FAILED
  }

  /** Reads how far the zone is ahead of UTC: like `-04:00`. */
  #readOffset(at: number): number {
    const { bytes } = this.#json
    const sign = bytes[at]
    if (bytes[at + 3] !== COLON || (sign !== PLUS && sign !== MINUS)) return FAILED
    const hours = twoDigits(bytes, at + 1)
    const minutes = twoDigits(bytes, at + 4)
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return FAILED
    this.ms += (sign === MINUS ? 1 : -1) * (hours * 60 + minutes) * MINUTE_MS
    return at + 6
  }
}

const FRACTION_DIGITS_MAX = 9
/** What each digit of a fraction counts. */
const MILLIS_OF_DIGIT = Uint8Array.of(100, 10, 1, 0, 0, 0, 0, 0, 0)

/** The years 2000 to 2099. */
const CENTURY = 20
const MONTHS = 100 * 12

/** The first days of this century's months, in days since the epoch, and that of the month after. */
const MONTH_STARTS = Int32Array.from({ length: MONTHS + 1 }, (_, month) => Date.UTC(CENTURY * 100, month) / DAY_MS)

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

/** Minutes since midnight of `HH:MM`, or -1. */
function minuteOfDayAt(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at)
  const minute = twoDigits(bytes, at + 3)
  const exists = bytes[at + 2] === COLON && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59
  return exists ? hour * 60 + minute : -1
}

/** The number that two digits are, or one below 0. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO
  const units = (bytes[at + 1] as number) - ZERO
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : -1
}
