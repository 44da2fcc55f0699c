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

/** The value of a stock-prices record: required fields, then those that are known, then the extra ones. */
export function encodeQuote(quote: Quote): string {
  const value: Record<string, unknown> = { symbol: quote.symbol, price: quote.price, timestamp: quote.timestamp }
  for (const field of OPTIONAL_FIELDS) if (quote[field] !== null) value[field] = quote[field]
  return JSON.stringify(quote.extra === null ? value : { ...value, ...quote.extra })
}

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
