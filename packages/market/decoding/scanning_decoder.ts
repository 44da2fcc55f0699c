// The decoder that everything uses: it scans, and hands what the scan does not take to the definition in decoder.ts.
// The answers are those of the definition, in a quarter of the time.

import {
  createJsonDecoder,
  type Decoded,
  type DecoderSettings,
  type EncodedQuote,
  extraOf,
  type QuoteDecoder,
  type Rejected,
} from '#market/decoding/decoder'
import { type Fields, TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import { asciiText } from '#market/decoding/scanner/ascii_text'
import { FIELD } from '#market/decoding/scanner/field_table'
import { createScanner, type QuoteScanner } from '#market/decoding/scanner/scanner'
import { NO_NUMBER, TextTable } from '#market/decoding/scanner/text_table'
import type { Quote } from '#market/quote'
import type { EpochMs } from '#runtime/units'

/** The fields by constants of this file, which are compiled in; a property of FIELD would be looked up each time. */
const { price: PRICE, timestamp: TIMESTAMP, id: ID, size: SIZE, dayVolume: DAY_VOLUME, bid: BID, ask: ASK } = FIELD
const { bidSize: BID_SIZE, askSize: ASK_SIZE, currency: CURRENCY, exchange: EXCHANGE } = FIELD
const { marketState: MARKET_STATE, previousClose: PREVIOUS_CLOSE, source: SOURCE } = FIELD

/** Makes the decoder of JSON values. Throws a RangeError when nobody knows the time zone. */
export function createDecoder(settings: DecoderSettings): QuoteDecoder {
  return new ScanningDecoder(createScanner(settings), createJsonDecoder(settings))
}

/** Currencies, exchanges, market states and sources whose strings are kept. */
const WORDS_MAX = 1_024

/** Scans by one, decodes by the other what was not scanned. Both have the same settings. */
export class ScanningDecoder implements QuoteDecoder {
  readonly settings: DecoderSettings
  readonly #scanner: QuoteScanner
  readonly #definition: QuoteDecoder
  readonly #words = new TextTable(WORDS_MAX)

  constructor(scanner: QuoteScanner, definition: QuoteDecoder) {
    this.settings = definition.settings
    this.#scanner = scanner
    this.#definition = definition
  }

  decode(record: EncodedQuote): Decoded | Rejected {
    const { value } = record
    if (value === null || !this.#scanner.scan(value, 0, value.length)) return this.#definition.decode(record)
    const timestamp = this.#scanner.slots.numbers[TIMESTAMP] as number
    const timely = timestamp >= TIMESTAMP_MIN_MS && timestamp <= record.timestamp + this.settings.futureToleranceMs
    return timely ? { kind: 'quote', quote: this.#quoteOf(value) } : this.#definition.decode(record)
  }

  #quoteOf(value: Uint8Array): Quote {
    const { slots, symbols } = this.#scanner
    return {
      symbol: symbols.symbol(slots.symbol),
      price: slots.numbers[PRICE] as number,
      timestamp: slots.numbers[TIMESTAMP] as EpochMs,
      id: slots.has(ID) ? this.#text(ID, value) : null,
      size: this.#number(SIZE),
      dayVolume: this.#number(DAY_VOLUME),
      bid: this.#number(BID),
      ask: this.#number(ASK),
      bidSize: this.#number(BID_SIZE),
      askSize: this.#number(ASK_SIZE),
      currency: this.#word(CURRENCY, value),
      exchange: this.#word(EXCHANGE, value),
      marketState: this.#word(MARKET_STATE, value),
      previousClose: this.#number(PREVIOUS_CLOSE),
      source: this.#word(SOURCE, value),
      extra: slots.unknownFields === 0 ? null : this.#extra(value),
    }
  }

  #number(field: number): number | null {
    const { slots } = this.#scanner
    return slots.has(field) ? (slots.numbers[field] as number) : null
  }

  #text(field: number, value: Uint8Array): string {
    const { starts, stops } = this.#scanner.slots
    return asciiText(value, starts[field] as number, stops[field] as number)
  }

  /** A text that is likely to come again. */
  #word(field: number, value: Uint8Array): string | null {
    const { slots } = this.#scanner
    if (!slots.has(field)) return null
    const start = slots.starts[field] as number
    const stop = slots.stops[field] as number
    let number = this.#words.find(value, start, stop)
    if (number === NO_NUMBER) number = this.#words.add(value, start, stop)
    return number === NO_NUMBER ? asciiText(value, start, stop) : this.#words.text(number)
  }

  /** The members that are not ours were found to be valid, so JSON.parse takes them as it would within the value. */
  #extra(value: Uint8Array): Quote['extra'] {
    const { unknownFields, unknownStarts, unknownStops } = this.#scanner.slots
    let text = ''
    for (let i = 0; i < unknownFields; i++) {
      text += `${i === 0 ? '{' : ','}${asciiText(value, unknownStarts[i] as number, unknownStops[i] as number)}`
    }
    return extraOf(JSON.parse(`${text}}`) as Fields)
  }
}
