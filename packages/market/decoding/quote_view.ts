// A quote that is read in place: a Quote whose fields are looked up in the bytes when they are asked for, and not one
// object for each value. What the scan does not take is decoded to an object, and the view shows that one instead.

import { extraOf } from '#market/decoding/extra'
import type { Fields } from '#market/decoding/fields'
import { asciiText } from '#market/decoding/scanner/ascii_text'
import { FIELD, FIELDS } from '#market/decoding/scanner/field_table'
import { QuoteSlots } from '#market/decoding/scanner/slots'
import { SymbolTable } from '#market/decoding/scanner/symbol_table'
import { NO_NUMBER, TextTable } from '#market/decoding/scanner/text_table'
import { exchangeZoneOf, type Quote, ZONE_FIELD } from '#market/quote'
import type { EpochMs } from '#runtime/units'

/** The fields by constants of this file, which are compiled in; a property of FIELD would be looked up each time. */
const { price: PRICE, timestamp: TIMESTAMP, id: ID, size: SIZE, dayVolume: DAY_VOLUME, bid: BID, ask: ASK } = FIELD
const { bidSize: BID_SIZE, askSize: ASK_SIZE, currency: CURRENCY, exchange: EXCHANGE } = FIELD
const { marketState: MARKET_STATE, previousClose: PREVIOUS_CLOSE, source: SOURCE } = FIELD

/** Stands for a symbol that has no number: it is known by its text alone. */
export const NO_SYMBOL_NUMBER = NO_NUMBER

/**
 * The quote that was read last. It is good until its decoder reads the next value, and as long as the bytes stay what
 * they are: whoever keeps a quote keeps `toQuote()`.
 */
export interface QuoteView extends Quote {
  /** The symbol's number, the same for the life of the decoder, or NO_SYMBOL_NUMBER. */
  readonly symbolNumber: number
  /** Its fields by `quoteField`: numbers, and where in `bytes` the UTF-8 of texts stands. All but `extra`. */
  readonly slots: Pick<QuoteSlots, 'present' | 'numbers' | 'starts' | 'stops'>
  readonly bytes: Uint8Array
  /** The bytes of the id, if there is one: its characters in UTF-8. */
  readonly idBytes: Uint8Array
  readonly idStart: number
  readonly idStop: number
  readonly hasId: boolean
  /** What `exchangeZoneOf` says, without a look at the other fields that are not ours. */
  readonly exchangeZone: string | null
  /** Whether `exchange` is this, without making a string of it. */
  isExchange(name: string | null): boolean
  /** The quote as an object of its own. */
  toQuote(): Quote
}

/** The number of a field in a view's slots. */
export function quoteField(name: Exclude<keyof Quote, 'extra'>): number {
  return FIELD[name]
}

/** Currencies, exchanges, their zones, market states and sources whose strings are kept. */
const WORDS_MAX = 1_024

const NO_BYTES = Buffer.alloc(0)

/** How a member begins that names the exchange's zone. */
const ZONE_NAME = Buffer.from(JSON.stringify(ZONE_FIELD))
const QUOTATION_MARK = 0x22
const COLON = 0x3a
const SPACE = 0x20

/** The view of a scanner's slots, or of a quote that is an object already. */
export class SlotsView implements QuoteView {
  slots: QuoteSlots
  bytes: Uint8Array = NO_BYTES
  readonly #slots: QuoteSlots
  readonly #symbols: SymbolTable
  readonly #words = new TextTable(WORDS_MAX)
  /** What is shown instead of the scanner's slots; null most of the time. */
  #decoded: Quote | null = null
  readonly #decodedSlots = new QuoteSlots()

  /** Of a scanner's slots. */
  constructor(slots: QuoteSlots, symbols: SymbolTable) {
    this.slots = slots
    this.#slots = slots
    this.#symbols = symbols
  }

  /** From now on it shows what the scanner's slots hold of these bytes. */
  showSlots(bytes: Uint8Array): void {
    this.slots = this.#slots
    this.bytes = bytes
    this.#decoded = null
  }

  /** From now on it shows this quote. */
  showDecoded(quote: Quote): void {
    this.slots = this.#decodedSlots
    this.bytes = layOut(quote, this.#decodedSlots)
    this.#decoded = quote
  }

  get symbolNumber(): number {
    return this.#decoded === null ? this.#slots.symbol : NO_SYMBOL_NUMBER
  }

  get symbol(): string {
    return this.#decoded === null ? this.#symbols.symbol(this.#slots.symbol) : this.#decoded.symbol
  }

  get price(): number {
    return this.slots.numbers[PRICE] as number
  }

  get timestamp(): EpochMs {
    return this.slots.numbers[TIMESTAMP] as EpochMs
  }

  get hasId(): boolean {
    return this.slots.has(ID)
  }

  get idBytes(): Uint8Array {
    return this.bytes
  }

  get idStart(): number {
    return this.slots.starts[ID] as number
  }

  get idStop(): number {
    return this.slots.stops[ID] as number
  }

  get id(): string | null {
    if (this.#decoded !== null) return this.#decoded.id
    return this.#slots.has(ID) ? asciiText(this.bytes, this.idStart, this.idStop) : null
  }

  get size(): number | null {
    return this.#number(SIZE)
  }

  get dayVolume(): number | null {
    return this.#number(DAY_VOLUME)
  }

  get bid(): number | null {
    return this.#number(BID)
  }

  get ask(): number | null {
    return this.#number(ASK)
  }

  get bidSize(): number | null {
    return this.#number(BID_SIZE)
  }

  get askSize(): number | null {
    return this.#number(ASK_SIZE)
  }

  get currency(): string | null {
    return this.#decoded === null ? this.#word(CURRENCY) : this.#decoded.currency
  }

  get exchange(): string | null {
    return this.#decoded === null ? this.#word(EXCHANGE) : this.#decoded.exchange
  }

  isExchange(name: string | null): boolean {
    if (this.#decoded !== null) return this.#decoded.exchange === name
    if (name === null || !this.#slots.has(EXCHANGE)) return name === null && !this.#slots.has(EXCHANGE)
    const start = this.#slots.starts[EXCHANGE] as number
    if ((this.#slots.stops[EXCHANGE] as number) - start !== name.length) return false
    for (let i = 0; i < name.length; i++) if (this.bytes[start + i] !== name.charCodeAt(i)) return false
    return true
  }

  get marketState(): string | null {
    return this.#decoded === null ? this.#word(MARKET_STATE) : this.#decoded.marketState
  }

  get previousClose(): number | null {
    return this.#number(PREVIOUS_CLOSE)
  }

  get source(): string | null {
    return this.#decoded === null ? this.#word(SOURCE) : this.#decoded.source
  }

  get extra(): Quote['extra'] {
    if (this.#decoded !== null) return this.#decoded.extra
    return this.#slots.unknownFields === 0 ? null : this.#readExtra()
  }

  /** Of a name that comes twice the last one counts, as JSON.parse has it. */
  get exchangeZone(): string | null {
    if (this.#decoded !== null) return exchangeZoneOf(this.#decoded)
    const { unknownFields, unknownStarts, unknownStops } = this.#slots
    for (let i = unknownFields - 1; i >= 0; i--) {
      const start = unknownStarts[i] as number
      if (beginsWith(this.bytes, start, ZONE_NAME))
        return this.#textAfterName(start + ZONE_NAME.length, unknownStops[i])
    }
    return null
  }

  toQuote(): Quote {
    if (this.#decoded !== null) return this.#decoded
    return {
      symbol: this.symbol,
      price: this.price,
      timestamp: this.timestamp,
      id: this.id,
      size: this.size,
      dayVolume: this.dayVolume,
      bid: this.bid,
      ask: this.ask,
      bidSize: this.bidSize,
      askSize: this.askSize,
      currency: this.currency,
      exchange: this.exchange,
      marketState: this.marketState,
      previousClose: this.previousClose,
      source: this.source,
      extra: this.extra,
    }
  }

  #number(field: number): number | null {
    return this.slots.has(field) ? (this.slots.numbers[field] as number) : null
  }

  /** A text that is likely to come again. */
  #word(field: number): string | null {
    if (!this.#slots.has(field)) return null
    return this.#wordAt(this.#slots.starts[field] as number, this.#slots.stops[field] as number)
  }

  #wordAt(start: number, stop: number): string {
    let number = this.#words.find(this.bytes, start, stop)
    if (number === NO_NUMBER) number = this.#words.add(this.bytes, start, stop)
    return number === NO_NUMBER ? asciiText(this.bytes, start, stop) : this.#words.text(number)
  }

  /** A member's value, if it is a text; `at` is where its name has ended. None that was scanned has an escape. */
  #textAfterName(at: number, stop = 0): string | null {
    let start = at
    while (this.bytes[start] === COLON || (this.bytes[start] as number) <= SPACE) start++
    return this.bytes[start] === QUOTATION_MARK ? this.#wordAt(start + 1, stop - 1) : null
  }

  /** The members that are not ours were found to be valid, so JSON.parse takes them as it would within the value. */
  #readExtra(): Quote['extra'] {
    const { unknownFields, unknownStarts, unknownStops } = this.#slots
    let text = ''
    for (let i = 0; i < unknownFields; i++) {
      const member = asciiText(this.bytes, unknownStarts[i] as number, unknownStops[i] as number)
      text += `${i === 0 ? '{' : ','}${member}`
    }
    return extraOf(JSON.parse(`${text}}`) as Fields)
  }
}

function beginsWith(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
  return true
}

/** A view of quotes that are objects already. */
export function viewOfDecoded(): SlotsView {
  return new SlotsView(new QuoteSlots(), new SymbolTable(0))
}

/** Puts a quote into slots, and returns the bytes that its texts stand in. */
function layOut(quote: Quote, slots: QuoteSlots): Uint8Array {
  slots.clear()
  let texts = NO_BYTES
  for (const [field, name] of FIELDS.entries()) {
    const value = quote[name]
    if (typeof value === 'number') slots.setNumber(field, value)
    if (typeof value !== 'string') continue
    const start = texts.length
    texts = Buffer.concat([texts, Buffer.from(value)])
    slots.setText(field, start, texts.length)
  }
  return texts
}
