// The values of the fields that are ours, read into the slots. What each must be is said by fields.ts, as for every
// decoder.

import type { DecoderSettings } from '#market/decoding/decoder'
import { priceOf } from '#market/decoding/fields'
import { asciiText } from '#market/decoding/scanner/ascii_text'
import { FIELD, FIELDS, type FieldName } from '#market/decoding/scanner/field_table'
import { InstantReader } from '#market/decoding/scanner/iso_instant'
import { FAILED, type JsonReader } from '#market/decoding/scanner/json_reader'
import type { QuoteSlots } from '#market/decoding/scanner/slots'
import type { SymbolTable } from '#market/decoding/scanner/symbol_table'
import { isNanosecondsInDoubt, type TimestampReader, timestampReader } from '#market/decoding/timestamp'

const QUOTE = 0x22
const LOWER_N = 0x6e
const { symbol: SYMBOL, price: PRICE, timestamp: TIMESTAMP, id: ID } = FIELD

/** Where values come from and where they go. */
export interface FieldPlaces {
  readonly json: JsonReader
  readonly slots: QuoteSlots
  readonly symbols: SymbolTable
}

/** Reads values of fields by the settings. Like the JSON reader it goes from position to position. */
export class FieldReader {
  readonly #json: JsonReader
  readonly #slots: QuoteSlots
  readonly #symbols: SymbolTable
  readonly #instants: InstantReader
  readonly #timestampMs: TimestampReader
  readonly #readsNanoseconds: boolean
  readonly #acceptsPriceText: boolean

  constructor({ json, slots, symbols }: FieldPlaces, settings: DecoderSettings) {
    this.#json = json
    this.#slots = slots
    this.#symbols = symbols
    this.#instants = new InstantReader(json)
    this.#timestampMs = timestampReader(settings)
    this.#readsNanoseconds = settings.timestampUnit === 'ns'
    this.#acceptsPriceText = settings.priceText === 'accept'
  }

  /** Reads the value of a field. FAILED: it is invalid or unusual, or the field was there before. */
  read(field: number, at: number): number {
    if (!this.#slots.meet(field)) return FAILED
    const end = this.#readValue(field, at)
    return end < 0 ? this.#readNull(at) : end
  }

  #readValue(field: number, at: number): number {
    const kind = KINDS[field]
    if (kind === NUMBER_KIND) return this.#readOptionalNumber(field, at)
    if (kind === TEXT_KIND) return this.#readText(field, at)
    if (field === SYMBOL) return this.#readSymbol(at)
    if (field === PRICE) return this.#readPrice(at)
    return field === TIMESTAMP ? this.#readTimestamp(at) : this.#readId(at)
  }

  /** A field that is null is as if it were not there. Asked last, since it is rare. */
  #readNull(at: number): number {
    return this.#json.bytes[at] === LOWER_N ? this.#json.readLiteral(at) : FAILED
  }

  #readOptionalNumber(field: number, at: number): number {
    const end = this.#json.readNumber(at)
    const { number } = this.#json
    if (end < 0 || !isAmount(number)) return FAILED
    this.#slots.setNumber(field, number)
    return end
  }

  #readText(field: number, at: number): number {
    const end = this.#json.readString(at)
    if (end >= 0) this.#slots.setText(field, at + 1, end - 1)
    return end
  }

  #readSymbol(at: number): number {
    const end = this.#readText(SYMBOL, at)
    if (end < 0) return FAILED
    const symbol = this.#symbols.numberOf(this.#json.bytes, at + 1, end - 1)
    this.#slots.symbol = symbol
    return symbol < 0 ? FAILED : end
  }

  #readPrice(at: number): number {
    const json = this.#json
    const isText = this.#acceptsPriceText && json.bytes[at] === QUOTE
    const end = isText ? this.#readPriceText(at) : json.readNumber(at)
    const { number } = json
    if (end < 0 || number === 0 || !isAmount(number)) return FAILED
    this.#slots.setNumber(PRICE, number)
    return end
  }

  #readPriceText(at: number): number {
    const end = this.#json.readString(at)
    if (end < 0) return FAILED
    const price = priceOf(asciiText(this.#json.bytes, at + 1, end - 1))
    if (typeof price !== 'number') return FAILED
    this.#json.number = price
    return end
  }

  /** The usual form is read here, every other by the reader that the definition has. */
  #readTimestamp(at: number): number {
    const end = this.#instants.read(at)
    if (end < 0) return this.#readUnusualTimestamp(at)
    this.#slots.setNumber(TIMESTAMP, this.#instants.ms)
    return end
  }

  #readUnusualTimestamp(at: number): number {
    const json = this.#json
    const end = json.bytes[at] === QUOTE ? this.#readTimestampText(at) : this.#readTimestampNumber(at)
    if (end >= 0) this.#slots.setNumber(TIMESTAMP, Math.floor(json.number))
    return end
  }

  #readTimestampText(at: number): number {
    const json = this.#json
    const end = json.readString(at)
    if (end >= 0) json.number = this.#timestampMs(asciiText(json.bytes, at + 1, end - 1))
    return end
  }

  #readTimestampNumber(at: number): number {
    const json = this.#json
    const end = json.readNumber(at)
    if (end < 0 || (this.#readsNanoseconds && isNanosecondsInDoubt(json.number))) return FAILED
    json.number = this.#timestampMs(json.number)
    return end
  }

  /** An integer keeps its digits, however many they are; any other number is for the definition. */
  #readId(at: number): number {
    const json = this.#json
    const isText = json.bytes[at] === QUOTE
    const end = isText ? json.readString(at) : json.readNaturalNumber(at)
    if (end < 0) return FAILED
    const quotes = isText ? 1 : 0
    if (end - at > 2 * quotes) this.#slots.setText(ID, at + quotes, end - quotes)
    return end
  }
}

/** What fields.ts asks of an optional number, and of a price that is not 0. It is called too often for an import. */
function isAmount(number: number): boolean {
  return number >= 0 && number <= Number.MAX_VALUE
}

const NUMBER_KIND = 0
const TEXT_KIND = 1
const OWN_KIND = 2

const KIND_BY_NAME: Partial<Record<FieldName, number>> = {
  symbol: OWN_KIND,
  price: OWN_KIND,
  timestamp: OWN_KIND,
  id: OWN_KIND,
  currency: TEXT_KIND,
  exchange: TEXT_KIND,
  marketState: TEXT_KIND,
  source: TEXT_KIND,
}

/** Optional numbers, texts, and the fields that are read like no other. */
const KINDS = Uint8Array.from(FIELDS, (name) => KIND_BY_NAME[name] ?? NUMBER_KIND)
