// A row of Yahoo's quote answer to a quote. The library turns times of rows that fit its schema into Dates and leaves
// those of others as they came, so both are read. Field names that are not ours are kept as Yahoo's, in `extra`.

import { isOptionalNumber, isPrice, isSymbol, TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import { type Quote, ZONE_FIELD } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import { quoteId } from '#services/producer/sources/yahoo/quote_id'

/** A quote, or the words for what is wrong with the row. */
export type RowReading =
  | { readonly kind: 'quote'; readonly quote: Quote }
  | { readonly kind: 'unusable'; readonly symbol: string | null; readonly detail: string }

/** Reads one row, whatever it is. Never throws. */
export function readYahooRow(row: unknown): RowReading {
  if (typeof row !== 'object' || row === null) return { kind: 'unusable', symbol: null, detail: 'it is not an object' }
  const fields = row as Readonly<Record<string, unknown>>
  const { symbol, regularMarketPrice: price } = fields
  if (!isSymbol(symbol)) return { kind: 'unusable', symbol: null, detail: 'it has no valid symbol' }
  if (!isPrice(price)) return { kind: 'unusable', symbol, detail: 'it has no regularMarketPrice above 0' }
  const timestamp = instantOf(fields.regularMarketTime)
  if (timestamp === null) return { kind: 'unusable', symbol, detail: 'it has no regularMarketTime that is an instant' }
  return { kind: 'quote', quote: quoteOfFields(fields, { symbol, price: price as number, timestamp }) }
}

/** States in which nothing trades, before or after hours either. */
const CLOSED_STATES: ReadonlySet<string | null> = new Set(['CLOSED', 'PREPRE', 'POSTPOST'])

/** True when the quote's market is closed. */
export function isMarketClosed(quote: Quote): boolean {
  return CLOSED_STATES.has(quote.marketState)
}

function quoteOfFields(
  fields: Readonly<Record<string, unknown>>,
  required: { symbol: string; price: number; timestamp: EpochMs },
): Quote {
  const bid = positive(fields.bid)
  const ask = positive(fields.ask)
  const dayVolume = numberOrNull(fields.regularMarketVolume)
  return {
    ...required,
    id: quoteId({ time: required.timestamp, price: required.price, dayVolume, lastSize: null }),
    size: null,
    dayVolume,
    bid,
    ask,
    bidSize: bid === null ? null : positive(fields.bidSize),
    askSize: ask === null ? null : positive(fields.askSize),
    currency: textOrNull(fields.currency),
    exchange: textOrNull(fields.exchange),
    marketState: textOrNull(fields.marketState),
    previousClose: positive(fields.regularMarketPreviousClose),
    source: 'yahoo',
    extra: extraOf(fields),
  }
}

const EXTRA_TEXTS = [ZONE_FIELD, 'fullExchangeName', 'quoteType'] as const
/** exchangeDataDelayedBy is in minutes. */
const EXTRA_NUMBERS = [
  'exchangeDataDelayedBy',
  'regularMarketOpen',
  'regularMarketDayHigh',
  'regularMarketDayLow',
  'preMarketPrice',
  'postMarketPrice',
] as const
/** In epoch milliseconds, as all our times. */
const EXTRA_INSTANTS = ['preMarketTime', 'postMarketTime'] as const

function extraOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const extra: Record<string, unknown> = {}
  for (const name of EXTRA_TEXTS) keep(extra, name, textOrNull(fields[name]))
  for (const name of EXTRA_NUMBERS) keep(extra, name, numberOrNull(fields[name]))
  for (const name of EXTRA_INSTANTS) keep(extra, name, instantOf(fields[name]))
  return Object.keys(extra).length === 0 ? null : extra
}

function keep(extra: Record<string, unknown>, name: string, value: string | number | null): void {
  if (value !== null) extra[name] = value
}

/** A Date, epoch seconds or epoch milliseconds; null for anything else, and for what lies before 2000. */
function instantOf(value: unknown): EpochMs | null {
  const given = value instanceof Date ? value.getTime() : value
  if (typeof given !== 'number' || !Number.isFinite(given)) return null
  const ms = Math.floor(given < SECONDS_MAX ? given * 1000 : given)
  return ms >= TIMESTAMP_MIN_MS && ms <= INSTANT_MAX_MS ? (ms as EpochMs) : null
}

/** As seconds this is the year 5138, as milliseconds 1973. */
const SECONDS_MAX = 100_000_000_000
/** The last instant that a Date holds. */
const INSTANT_MAX_MS = 8_640_000_000_000_000

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && isOptionalNumber(value) ? value : null
}

/** Out of hours Yahoo gives 0 for what is absent. */
function positive(value: unknown): number | null {
  return isPrice(value) ? (value as number) : null
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
