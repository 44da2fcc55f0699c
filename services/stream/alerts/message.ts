// How an alert reads, and what names it: `TSLA  +3.21 % in 5 min  444.45 (was 430.63)  15:31:20 UTC`.
// The duration is the age of the reference price, not the rule's `withinMs`: after a night it is hours. Both are pure,
// so that a replay gives the same.

import { createHash } from 'node:crypto'
import type { Alert } from '#market/alert'
import type { Quote } from '#market/quote'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#runtime/units'

/** 96 bits: enough that two alerts never share one. */
const ID_CHARS = 24

/** The id of an alert: a hash of what makes it this one. */
export function alertId(facts: Pick<Alert, 'rule' | 'symbol' | 'direction' | 'level' | 'eventTime'>): string {
  const { rule, symbol, direction, level, eventTime } = facts
  const text = JSON.stringify([rule, symbol, direction, level, eventTime])
  return createHash('sha256').update(text).digest('hex').slice(0, ID_CHARS)
}

/** What a rule measures a price against. */
export interface Reference {
  readonly price: number
  /** Its event time; null for a previous close. */
  readonly time: number | null
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
  const move = `${sign}${Math.abs(percent).toFixed(2)} % ${sinceWhen(quote, reference)}`
  const prices = `${priceText(quote.price)} (was ${priceText(reference.price)})`
  return `${quote.symbol}  ${move}  ${prices}  ${new Date(quote.timestamp).toISOString().slice(11, 19)} UTC`
}

function sinceWhen(quote: Quote, { time }: Reference): string {
  return time === null ? 'since previous close' : `in ${durationText(quote.timestamp - time)}`
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
]

/** At most two units: `5 min 1 s`, `18 h`. Rounded up, so that a move is never said to be faster than it was. */
function durationText(ms: number): string {
  const resolutionMs = ms > DAY_MS ? HOUR_MS : ms > HOUR_MS ? MINUTE_MS : SECOND_MS
  let restMs = Math.max(1, Math.ceil(ms / resolutionMs)) * resolutionMs
  const parts: string[] = []
  for (const [unitMs, name] of UNITS) {
    if (restMs >= unitMs) parts.push(`${Math.floor(restMs / unitMs)} ${name}`)
    restMs %= unitMs
  }
  return parts.join(' ')
}

/** Cents for what costs one or more; below that, four figures. */
function priceText(price: number): string {
  return price >= 1 ? price.toFixed(2) : String(Number(price.toPrecision(4)))
}
