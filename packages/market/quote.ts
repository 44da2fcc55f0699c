// A quote: one observation of a symbol's price at an event time. The decoder (decoding/decoder.ts) makes it of a
// record, and a producer's source of what it has fetched, simulated or read.

import type { EpochMs } from '#runtime/units'

/** A valid quote. Every field is always there, null when absent: one shape keeps the hot path fast. */
export interface Quote {
  /** Like AAPL, ^GSPC, M&M.NS or BTC/USD; SYMBOL_RULE of decoding/fields.ts has the rule. */
  readonly symbol: string
  /** In the quote's currency, finite and above 0. */
  readonly price: number
  /** Event time: when the price was observed. */
  readonly timestamp: EpochMs
  /** Unique within the symbol, e.g. a trade id. */
  readonly id: string | null
  /** Units traded in this event. */
  readonly size: number | null
  /** Units traded in the trading day so far. */
  readonly dayVolume: number | null
  readonly bid: number | null
  readonly ask: number | null
  readonly bidSize: number | null
  readonly askSize: number | null
  readonly currency: string | null
  readonly exchange: string | null
  readonly marketState: string | null
  readonly previousClose: number | null
  /** Who observed it: `yahoo`, `simulator`, `replay`, or a producer's own name. */
  readonly source: string | null
  /** Fields that are not ours, as they came; null when there are none. */
  readonly extra: Readonly<Record<string, unknown>> | null
}

/**
 * The value of a stock-prices record: required fields, then those that are known, then the extra ones. The JSON of
 * JSON.stringify, without an object made for it: a live source does this for each tick.
 */
export function encodeQuote(quote: Quote): string {
  let json = `{"symbol":${jsonText(quote.symbol)},"price":${quote.price},"timestamp":${quote.timestamp}`
  if (quote.id !== null) json += `,"id":${jsonText(quote.id)}`
  if (quote.size !== null) json += `,"size":${quote.size}`
  if (quote.dayVolume !== null) json += `,"dayVolume":${quote.dayVolume}`
  if (quote.bid !== null) json += `,"bid":${quote.bid}`
  if (quote.ask !== null) json += `,"ask":${quote.ask}`
  if (quote.bidSize !== null) json += `,"bidSize":${quote.bidSize}`
  if (quote.askSize !== null) json += `,"askSize":${quote.askSize}`
  if (quote.currency !== null) json += `,"currency":${jsonText(quote.currency)}`
  if (quote.exchange !== null) json += `,"exchange":${jsonText(quote.exchange)}`
  if (quote.marketState !== null) json += `,"marketState":${jsonText(quote.marketState)}`
  if (quote.previousClose !== null) json += `,"previousClose":${quote.previousClose}`
  if (quote.source !== null) json += `,"source":${jsonText(quote.source)}`
  if (quote.extra === null) return `${json}}`
  const extra = JSON.stringify(quote.extra).slice(1)
  return extra === '}' ? `${json}}` : `${json},${extra}`
}

function jsonText(text: string): string {
  return MAY_BE_ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** What JSON.stringify does not leave as it is, and a little more. */
const MAY_BE_ESCAPED = /[^\x20-\x7e]|["\\]/

/** The optional fields that are ours, in the order they are written. */
export const OPTIONAL_FIELDS = [
  'id',
  'size',
  'dayVolume',
  'bid',
  'ask',
  'bidSize',
  'askSize',
  'currency',
  'exchange',
  'marketState',
  'previousClose',
  'source',
] as const satisfies readonly (keyof Quote)[]

/** The extra field of a quote that names its exchange's time zone, as Yahoo calls it. */
export const ZONE_FIELD = 'exchangeTimezoneName'

/** The IANA name of the exchange's time zone as the quote tells it; null when it does not. */
export function exchangeZoneOf({ extra }: Quote): string | null {
  const zone = extra?.[ZONE_FIELD]
  return typeof zone === 'string' ? zone : null
}

/** A quote with nothing but its required fields, or with some of the optional ones. */
export function quoteOf(fields: Pick<Quote, 'symbol' | 'price' | 'timestamp'> & Partial<Quote>): Quote {
  return { ...ABSENT, ...fields }
}

const ABSENT = {
  id: null,
  size: null,
  dayVolume: null,
  bid: null,
  ask: null,
  bidSize: null,
  askSize: null,
  currency: null,
  exchange: null,
  marketState: null,
  previousClose: null,
  source: null,
  extra: null,
}
