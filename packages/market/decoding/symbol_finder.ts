// Where the symbol and the timestamp stand in a value, for those who pass values on: all else is only gone past, as far
// as JSON's grammar asks, and no number is made of its digits. It says yes only when it is sure that JSON.parse would
// take the value and find an object whose symbol is just that; all else is for JSON.parse.

import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { FieldOrder } from '#market/decoding/scanner/field_order'
import { FIELD } from '#market/decoding/scanner/field_table'
import { FAILED, JsonReader } from '#market/decoding/scanner/json_reader'
import { SymbolTable } from '#market/decoding/scanner/symbol_table'

const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const QUOTE = 0x22
/** By constants of this file, which are compiled in. */
const { symbol: SYMBOL, timestamp: TIMESTAMP } = FIELD

/** Stands for a symbol that is not there or not valid, and for a timestamp that is not there. */
export const NOWHERE = -1

/** Finds them in one value after another. */
export class SymbolFinder {
  /** Where the characters of a valid symbol stand. */
  symbolStart = NOWHERE
  symbolEnd = NOWHERE
  /** Where the timestamp's JSON text stands. */
  timestampStart = NOWHERE
  timestampEnd = NOWHERE
  readonly #json = new JsonReader()
  readonly #order = new FieldOrder(this.#json)
  readonly #symbols = new SymbolTable()

  /** Reads the value at [start, end). True: the places are those in it. False: nothing is known of it. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    const json = this.#json
    if (end - start > VALUE_BYTES_MAX || !json.open(bytes, start, end)) return false
    const open = json.skipBlanks(start)
    if (bytes[open] !== OPEN_BRACE) return false
    this.symbolStart = NOWHERE
    this.timestampStart = NOWHERE
    this.#order.begin()
    return this.#readMembers(open + 1) === json.last
  }

  /** Reads members up to one that no comma follows. */
  #readMembers(start: number): number {
    const json = this.#json
    const order = this.#order
    let next = start
    for (;;) {
      const valueStart = order.readName(json.skipBlanks(next))
      if (valueStart < 0) return FAILED
      next = json.skipValue(valueStart)
      if (next < 0) return FAILED
      if (order.field === SYMBOL && !this.#takeSymbol(valueStart, next)) return FAILED
      if (order.field === TIMESTAMP && !this.#takeTimestamp(valueStart, next)) return FAILED
      next = json.skipBlanks(next)
      if (json.bytes[next] !== COMMA) return next
      next++
    }
  }

  /** False for one that is not valid, or comes again. */
  #takeSymbol(start: number, end: number): boolean {
    const { bytes } = this.#json
    if (this.symbolStart !== NOWHERE || bytes[start] !== QUOTE) return false
    this.symbolStart = start + 1
    this.symbolEnd = end - 1
    return this.#symbols.numberOf(bytes, this.symbolStart, this.symbolEnd) >= 0
  }

  /** False when it comes again. */
  #takeTimestamp(start: number, end: number): boolean {
    if (this.timestampStart !== NOWHERE) return false
    this.timestampStart = start
    this.timestampEnd = end
    return true
  }
}
