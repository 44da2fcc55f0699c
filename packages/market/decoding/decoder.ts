// The definition of a valid quote: bytes of a stock-prices record to a quote, or to the reason why not. Pure and total.
// scanning_decoder.ts, which everything uses, gives the same answers faster, and asks this one about all that is
// unusual. The first look asks only whether a value is valid; why not is a second, slower one (rejection.ts), and a
// test holds the two together. Other formats become further decoders behind the same interface: what they need is
// fetched before, so that decoding itself stays synchronous.

import type { RejectReason } from '#market/dead_letter'
import { extraOf } from '#market/decoding/extra'
import {
  type Fields,
  isOptionalId,
  isOptionalNumber,
  isOptionalText,
  isPrice,
  isSymbol,
  priceOf,
  TIMESTAMP_MIN_MS,
} from '#market/decoding/fields'
import { integerText } from '#market/decoding/number_text'
import type { QuoteView } from '#market/decoding/quote_view'
import { explainRejection, show } from '#market/decoding/rejection'
import {
  isNanosecondsInDoubt,
  type TimestampReader,
  type TimestampSettings,
  timestampReader,
} from '#market/decoding/timestamp'
import type { Quote } from '#market/quote'
import { type EpochMs, MINUTE_MS } from '#runtime/units'

/** A value that is a quote. */
export interface Decoded {
  readonly kind: 'quote'
  readonly quote: Quote
}

/** A value that is refused. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: RejectReason
  /** Names the field and the offending value, cut short. */
  readonly detail: string
}

/** What decides which values are quotes. Plain data: whatever depends on it can be compared with it. */
export interface DecoderSettings extends TimestampSettings {
  /** How far a quote's event time may lie after its ingest time. */
  readonly futureToleranceMs: number
  /** Whether a price may be decimal text, like "277.06". */
  readonly priceText: 'refuse' | 'accept'
}

/** What every producer may send without a setting. */
export const DEFAULT_DECODER_SETTINGS: DecoderSettings = {
  futureToleranceMs: MINUTE_MS,
  timestampUnit: 'ms',
  timestampZone: null,
  priceText: 'refuse',
}

/** What of a record a decoder looks at. */
export interface EncodedQuote {
  readonly value: Uint8Array | null
  /** Ingest time: when the log took the record in. */
  readonly timestamp: EpochMs
}

/** Decides which records are quotes. The same record always gets the same answer. */
export interface QuoteDecoder {
  readonly settings: DecoderSettings
  /** Never throws. */
  decode(record: EncodedQuote): Decoded | Rejected
}

/** Values of records as they lie in the bytes that they came in: row i of each column belongs to the same record. */
export interface ValueColumns {
  readonly bytes: Uint8Array
  /** Ingest times. */
  readonly timestamps: Float64Array
  /** Where values begin and end; below 0 where there is none. */
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
}

/** Decides the same without making an object of each quote: for the hot path. */
export interface InPlaceDecoder extends QuoteDecoder {
  /** What `read` has found to be a quote; see there. */
  readonly view: QuoteView
  /** Reads the value of a row: null when it is a quote, which `view` shows until the next call; else why not. */
  read(columns: ValueColumns, row: number): Rejected | null
}

/** A longer value is refused unread. */
export const VALUE_BYTES_MAX = 64 * 1024

/** Makes the definition: it parses every value as JSON. Throws a RangeError when nobody knows the time zone. */
export function createJsonDecoder(settings: DecoderSettings): QuoteDecoder {
  return new JsonDecoder(settings)
}

/** The members of an object that was just parsed, and that is ours alone. */
type OwnFields = Record<string, unknown>

class JsonDecoder implements QuoteDecoder {
  readonly settings: DecoderSettings
  readonly #futureToleranceMs: number
  readonly #timestampMs: TimestampReader
  readonly #readsNanoseconds: boolean
  readonly #acceptsPriceText: boolean

  constructor(settings: DecoderSettings) {
    this.settings = settings
    this.#futureToleranceMs = settings.futureToleranceMs
    this.#timestampMs = timestampReader(settings)
    this.#readsNanoseconds = settings.timestampUnit === 'ns'
    this.#acceptsPriceText = settings.priceText === 'accept'
  }

  decode({ value, timestamp }: EncodedQuote): Decoded | Rejected {
    if (value === null) return reject('not_json', 'the record has no value')
    if (value.length > VALUE_BYTES_MAX) return reject('too_large', `${value.length} bytes, at most ${VALUE_BYTES_MAX}`)
    const text = utf8Text(value)
    if (text === null) return reject('not_utf8', `${value.length} bytes that are not UTF-8`)
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (error) {
      return reject('not_json', (error as Error).message)
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      return reject('not_an_object', show(parsed))
    }
    this.#restore(parsed as OwnFields, text)
    return this.#readQuote(parsed as Fields, timestamp + this.#futureToleranceMs)
  }

  /** Puts in what JSON.parse has rounded, by its digits, and what the settings let in besides. */
  #restore(fields: OwnFields, text: string): void {
    if (typeof fields.id === 'number' && !Number.isSafeInteger(fields.id)) {
      fields.id = integerText(text, 'id') ?? fields.id
    }
    if (this.#readsNanoseconds && isNanosecondsInDoubt(fields.timestamp)) {
      const digits = integerText(text, 'timestamp')
      if (digits !== undefined) fields.timestamp = BigInt(digits)
    }
    if (this.#acceptsPriceText) fields.price = priceOf(fields.price)
  }

  #readQuote(fields: Fields, timestampMaxMs: number): Decoded | Rejected {
    const timestamp = Math.floor(this.#timestampMs(fields.timestamp))
    const timely = timestamp >= TIMESTAMP_MIN_MS && timestamp <= timestampMaxMs
    if (!timely || !isSymbol(fields.symbol) || !isPrice(fields.price) || !hasValidOptions(fields)) {
      const { reason, detail } = explainRejection(fields, { settings: this.settings, timestampMaxMs, timestamp })
      return reject(reason, detail)
    }
    return { kind: 'quote', quote: buildQuote(fields, timestamp) }
  }
}

function buildQuote(fields: Fields, timestamp: number): Quote {
  const id = fields.id ?? null
  return {
    symbol: fields.symbol as string,
    price: fields.price as number,
    timestamp: timestamp as EpochMs,
    id: id === null || id === '' ? null : String(id),
    size: (fields.size ?? null) as number | null,
    dayVolume: (fields.dayVolume ?? null) as number | null,
    bid: (fields.bid ?? null) as number | null,
    ask: (fields.ask ?? null) as number | null,
    bidSize: (fields.bidSize ?? null) as number | null,
    askSize: (fields.askSize ?? null) as number | null,
    currency: (fields.currency ?? null) as string | null,
    exchange: (fields.exchange ?? null) as string | null,
    marketState: (fields.marketState ?? null) as string | null,
    previousClose: (fields.previousClose ?? null) as number | null,
    source: (fields.source ?? null) as string | null,
    extra: extraOf(fields),
  }
}

function hasValidOptions(fields: Fields): boolean {
  return (
    isOptionalId(fields.id) &&
    isOptionalNumber(fields.size) &&
    isOptionalNumber(fields.dayVolume) &&
    isOptionalNumber(fields.bid) &&
    isOptionalNumber(fields.ask) &&
    isOptionalNumber(fields.bidSize) &&
    isOptionalNumber(fields.askSize) &&
    isOptionalText(fields.currency) &&
    isOptionalText(fields.exchange) &&
    isOptionalText(fields.marketState) &&
    isOptionalNumber(fields.previousClose) &&
    isOptionalText(fields.source)
  )
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Text of UTF-8 bytes, or null. Only a text that shows U+FFFD can have come from broken bytes, so only that is decoded
 * twice.
 */
function utf8Text(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (!text.includes('\uFFFD')) return text
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return null
  }
}

function reject(reason: RejectReason, detail: string): Rejected {
  return { kind: 'rejected', reason, detail }
}
