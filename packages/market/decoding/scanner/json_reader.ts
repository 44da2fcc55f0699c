// JSON's tokens (RFC 8259), read from bytes in place. Each method takes a position and returns the one after what it
// has read, or FAILED. What is invalid fails; so does a string with an escape or a byte beyond ASCII, or deep nesting.
// Invariant: the byte at `last` is the whole object's closing brace, and nothing looks beyond it. Only a string may
// hold a brace, so whatever reads one watches `last`; every other loop stops at the brace and checks no bound.
// Speed decides the form: positions that are passed and returned stay in registers; methods of one class are inlined
// into each other; a constant of the same file is compiled in, where an imported one is loaded each time.

import { asciiText } from '#market/decoding/scanner/ascii_text'

/** Stands for the position after what could not be read. Below every position. */
export const FAILED = -1

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const UPPER_E = 0x45
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const LOWER_E = 0x65
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const DELETE = 0x7f

/** Objects and arrays within each other that are skipped, at most. */
const DEPTH_MAX = 16

/** Reads the tokens of one JSON object after the other. */
export class JsonReader {
  bytes: Uint8Array = new Uint8Array(0)
  /** The same bytes, to be read four at a time. */
  words: DataView = new DataView(new ArrayBuffer(0))
  /** Where the object's closing brace is. */
  last = 0
  /** The number that was read last. */
  number = Number.NaN

  /** Takes the value at [start, end). False when its last byte, blanks aside, is no closing brace. */
  open(bytes: Uint8Array, start: number, end: number): boolean {
    let last = end - 1
    while (last > start && isBlank(bytes[last] as number)) last--
    if (bytes !== this.bytes) this.#takeBytes(bytes)
    this.last = last
    return last > start && bytes[last] === CLOSE_BRACE
  }

  #takeBytes(bytes: Uint8Array): void {
    this.bytes = bytes
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The next position without a blank. */
  skipBlanks(at: number): number {
    const { bytes } = this
    let next = at
    while (isBlank(bytes[next] as number)) next++
    return next
  }

  /** From the end of a name to the beginning of its value. */
  skipColon(at: number): number {
    const colon = this.skipBlanks(at)
    return this.bytes[colon] === COLON ? this.skipBlanks(colon + 1) : FAILED
  }

  /** Reads a string, from quote to quote. */
  readString(at: number): number {
    const { bytes, last } = this
    if (bytes[at] !== QUOTE) return FAILED
    let next = at + 1
    while (next < last && PLAIN[bytes[next] as number] === 1) next++
    return bytes[next] === QUOTE ? next + 1 : FAILED
  }

  /**
   * Reads a number, as the double that JSON.parse would make of it. Digits that fit into 53 bits are divided by an
   * exact power of ten: two exact operands, one correct rounding (Clinger, "How to read floating point numbers
   * accurately", 1990). A sum beyond 2^53 never comes below again, so one look at the end tells. It is one function for
   * speed: a sum that several functions added up would go through memory.
   */
  readNumber(at: number): number {
    const { bytes } = this
    const isNegative = bytes[at] === MINUS
    const start = isNegative ? at + 1 : at
    let next = start
    let number = 0
    let digit = (bytes[next] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      number = number * 10 + digit
      digit = (bytes[++next] as number) - ZERO
    }
    if (next === start || (next > start + 1 && bytes[start] === ZERO)) return FAILED
    let fractionDigits = 0
    if (digit === POINT - ZERO) {
      const fractionStart = ++next
      digit = (bytes[next] as number) - ZERO
      while (digit >= 0 && digit <= 9) {
        number = number * 10 + digit
        digit = (bytes[++next] as number) - ZERO
      }
      fractionDigits = next - fractionStart
      if (fractionDigits === 0) return FAILED
    }
    const hasExponent = bytes[next] === LOWER_E || bytes[next] === UPPER_E
    if (hasExponent) next = this.#exponentEnd(next)
    if (hasExponent || fractionDigits > POWER_MAX || number > Number.MAX_SAFE_INTEGER) return this.#longNumber(at, next)
    if (fractionDigits > 0) number /= POWERS[fractionDigits] as number
    this.number = isNegative ? -number : number
    return next
  }

  /** More digits than a double holds, or an exponent: Number rounds as JSON.parse does. */
  #longNumber(at: number, end: number): number {
    if (end >= 0) this.number = Number(asciiText(this.bytes, at, end))
    return end
  }

  #exponentEnd(at: number): number {
    const sign = this.bytes[at + 1]
    const digits = sign === PLUS || sign === MINUS ? at + 2 : at + 1
    const end = this.#digitsEnd(digits)
    return end > digits ? end : FAILED
  }

  /** Reads an integer without a sign, of any length, as digits: `number` stays. Only 0 itself begins with 0. */
  readNaturalNumber(at: number): number {
    const end = this.#digitsEnd(at)
    return end === at + 1 || (end > at && this.bytes[at] !== ZERO) ? end : FAILED
  }

  #digitsEnd(at: number): number {
    const { bytes } = this
    let next = at
    while ((bytes[next] as number) >= ZERO && (bytes[next] as number) <= ZERO + 9) next++
    return next
  }

  /** Reads `true`, `false` or `null`. Of bytes that differ the last brace is one, so it stops there. */
  readLiteral(at: number): number {
    for (const literal of LITERALS) {
      let length = 0
      while (length < literal.length && this.bytes[at + length] === literal[length]) length++
      if (length === literal.length) return at + length
    }
    return FAILED
  }

  /** Skips any value; it is within `depth` others. */
  skipValue(at: number, depth = 0): number {
    const first = this.bytes[at] as number
    if (first === QUOTE) return this.readString(at)
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return depth < DEPTH_MAX ? this.#skipNested(at, depth) : FAILED
    return first > LAST_OF_NUMBERS ? this.readLiteral(at) : this.readNumber(at)
  }

  #skipNested(at: number, depth: number): number {
    const { bytes } = this
    const isObject = bytes[at] === OPEN_BRACE
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET
    let next = this.skipBlanks(at + 1)
    if (bytes[next] === close) return this.#closeEnd(next)
    for (;;) {
      if (isObject) next = this.#skipName(next)
      if (next >= 0) next = this.skipValue(next, depth + 1)
      if (next < 0) return FAILED
      next = this.skipBlanks(next)
      if (bytes[next] === close) return this.#closeEnd(next)
      if (bytes[next] !== COMMA) return FAILED
      next = this.skipBlanks(next + 1)
    }
  }

  #skipName(at: number): number {
    const end = this.readString(at)
    return end < 0 ? FAILED : this.skipColon(end)
  }

  /** The last brace is that of the whole object, and closes nothing within it. */
  #closeEnd(at: number): number {
    return at < this.last ? at + 1 : FAILED
  }
}

function isBlank(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB)
}

/** 1 for a byte that stands for itself in a string. */
const PLAIN = new Uint8Array(256).fill(1, SPACE, DELETE + 1)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

/** The largest power of ten that is a double, and those below it: 5^22 takes 52 bits. */
const POWER_MAX = 22
const POWERS = Float64Array.from({ length: POWER_MAX + 1 }, (_, n) => Number(`1e${n}`))

const LITERALS = ['true', 'false', 'null'].map((text) => Buffer.from(text))

/** Numbers begin with a minus or a digit, literals with a letter. */
const LAST_OF_NUMBERS = ZERO + 9
