// One pass over the bytes of a quote, without JSON.parse and without allocation, for values as producers send them: an
// object with our fields in any order, plain ASCII, and other fields of any kind. A scan says yes only when it is sure
// that the value is a quote in all but its time, and then its slots hold what the definition in decoder.ts would have
// made of it. All else, invalid or unusual, is for the definition. scanning_decoder.test.ts holds the two equal.

import { type DecoderSettings, VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { FieldOrder } from '#market/decoding/scanner/field_order'
import { FieldReader } from '#market/decoding/scanner/field_reader'
import { FIELD, UNKNOWN } from '#market/decoding/scanner/field_table'
import { FAILED, JsonReader } from '#market/decoding/scanner/json_reader'
import { QuoteSlots } from '#market/decoding/scanner/slots'
import { SymbolTable } from '#market/decoding/scanner/symbol_table'

const COMMA = 0x2c
const OPEN_BRACE = 0x7b

/** Reads values into slots. */
export interface QuoteScanner {
  /** What the last scan has found, if it said yes. */
  readonly slots: QuoteSlots
  readonly symbols: SymbolTable
  /**
   * Reads the value at [start, end). True: it is a quote if its time is one that is taken, and the slots hold it.
   * False: nothing is known of it.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean
}

/** Makes a scanner. Throws a RangeError when nobody knows the time zone. */
export function createScanner(settings: DecoderSettings): QuoteScanner {
  return new Scanner(settings)
}

const REQUIRED = (1 << FIELD.symbol) | (1 << FIELD.price) | (1 << FIELD.timestamp)

class Scanner implements QuoteScanner {
  readonly slots = new QuoteSlots()
  readonly symbols = new SymbolTable()
  readonly #json = new JsonReader()
  readonly #order = new FieldOrder(this.#json)
  readonly #fields: FieldReader

  constructor(settings: DecoderSettings) {
    this.#fields = new FieldReader({ json: this.#json, slots: this.slots, symbols: this.symbols }, settings)
  }

  scan(bytes: Uint8Array, start: number, end: number): boolean {
    const json = this.#json
    if (end - start > VALUE_BYTES_MAX || !json.open(bytes, start, end)) return false
    const open = json.skipBlanks(start)
    if (bytes[open] !== OPEN_BRACE) return false
    this.slots.clear()
    this.#order.begin()
    return this.#readMembers(open + 1) === json.last && (this.slots.present & REQUIRED) === REQUIRED
  }

  /** Reads members up to one that no comma follows. */
  #readMembers(start: number): number {
    const json = this.#json
    const order = this.#order
    let next = start
    for (;;) {
      const memberStart = json.skipBlanks(next)
      next = order.readName(memberStart)
      if (next < 0) return FAILED
      const { field } = order
      next = field === UNKNOWN ? this.#readUnknown(memberStart, next) : this.#fields.read(field, next)
      if (next < 0) return FAILED
      next = json.skipBlanks(next)
      if (json.bytes[next] !== COMMA) return next
      next++
    }
  }

  /** Skips the value of a field that is not ours, and notes where the member stands. */
  #readUnknown(memberStart: number, valueStart: number): number {
    const end = this.#json.skipValue(valueStart)
    return end >= 0 && this.slots.addUnknown(memberStart, end) ? end : FAILED
  }
}
