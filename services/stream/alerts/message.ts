// How an alert reads, and what names it: `TSLA  +3.21 % in 5 min  444.45 (was 430.63)  15:31:20 UTC`.
// What a kind says of its reference is in the kind's file. Both are pure, so that a replay gives the same.

import { createHash } from 'node:crypto'
import type { Alert } from '#market/alert'
import { priceText } from '#market/price_text'
import type { Quote } from '#market/quote'

/** 96 bits: enough that two alerts never share one. */
const ID_CHARS = 24

/** The id of an alert: a hash of what makes it this one. */
export function alertId(facts: Pick<Alert, 'rule' | 'symbol' | 'direction' | 'level' | 'eventTime'>): string {
  const { rule, symbol, direction, level, eventTime } = facts
  const text = JSON.stringify([rule, symbol, direction, level, eventTime])
  return createHash('sha256').update(text).digest('hex').slice(0, ID_CHARS)
}

/** What a rule measures a price against, once it has fired. */
export interface Reference {
  readonly price: number
  /** Its event time; null when it has none. */
  readonly time: number | null
  /** How the message says it: `in 5 min`. */
  readonly since: string
}

/** What a rule found, for the message. */
export interface Finding {
  readonly quote: Quote
  /** Signed, in percent. */
  readonly percent: number
  readonly reference: Reference
}

/** One line that a person can read. */
export function alertMessage({ quote, percent, reference }: Finding): string {
  const sign = percent > 0 ? '+' : '-'
  const move = `${sign}${Math.abs(percent).toFixed(2)} % ${reference.since}`
  const prices = `${shortPriceText(quote.price)} (was ${shortPriceText(reference.price)})`
  return `${quote.symbol}  ${move}  ${prices}  ${new Date(quote.timestamp).toISOString().slice(11, 19)} UTC`
}

/** Without the zeros at the end of a price below one. */
function shortPriceText(price: number): string {
  return price >= 1 ? priceText(price) : String(Number(priceText(price)))
}
