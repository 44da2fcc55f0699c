// Why an object is no quote: the second look, taken only when the decoder's first one said no.
// The checks are the decoder's own, in a fixed order, so that one value always gets the same reason.

import type { RejectReason } from '#market/dead_letter'
import {
  type Fields,
  isOptionalId,
  isOptionalNumber,
  isOptionalText,
  isPrice,
  isSymbol,
  TIMESTAMP_MIN_MS,
  timestampMs,
} from '#market/fields'
import { OPTIONAL_FIELDS } from '#market/quote'

/** A reason with the field and value that gave it. */
export interface Explanation {
  readonly reason: RejectReason
  readonly detail: string
}

/** Finds why the decoder refused the object. Throws when there is nothing to find: then the two looks disagree, a bug. */
export function explainRejection(fields: Fields, timestampMaxMs: number): Explanation {
  const found =
    missing(fields) ?? wrongRequired(fields) ?? wrongTimestamp(fields, timestampMaxMs) ?? wrongOption(fields)
  if (found === undefined) throw new Error(`the decoder refused a valid quote: ${JSON.stringify(fields)}`)
  return found
}

function missing(fields: Fields): Explanation | undefined {
  const name = ['symbol', 'price', 'timestamp'].find((field) => (fields[field] ?? null) === null)
  return name === undefined ? undefined : { reason: 'missing_field', detail: name }
}

function wrongRequired(fields: Fields): Explanation | undefined {
  const { symbol, price } = fields
  if (typeof symbol !== 'string') return explain('wrong_type', 'symbol', symbol)
  if (!isSymbol(symbol)) return explain('invalid_symbol', 'symbol', symbol)
  if (typeof price !== 'number') return explain('wrong_type', 'price', price)
  return isPrice(price) ? undefined : explain('invalid_price', 'price', price)
}

function wrongTimestamp(fields: Fields, maxMs: number): Explanation | undefined {
  const given = fields.timestamp
  const ms = timestampMs(given)
  if (Number.isNaN(ms)) return explain('wrong_type', 'timestamp', given)
  if (Math.floor(ms) >= TIMESTAMP_MIN_MS && Math.floor(ms) <= maxMs) return undefined
  if (typeof given === 'number' && isOtherUnit(given, maxMs)) return explain('timestamp_unit', 'timestamp', given)
  return explain(ms > maxMs ? 'timestamp_in_future' : 'timestamp_too_old', 'timestamp', given)
}

/** Whether a number outside the range lies in it when read as seconds, micro- or nanoseconds. */
function isOtherUnit(value: number, maxMs: number): boolean {
  return [1e3, 1e-3, 1e-6].some((factor) => value * factor >= TIMESTAMP_MIN_MS && value * factor <= maxMs)
}

function wrongOption(fields: Fields): Explanation | undefined {
  for (const name of OPTIONAL_FIELDS) {
    const value = fields[name]
    if (TEXTS.has(name)) {
      if (!isOptionalText(value)) return explain('wrong_type', name, value)
    } else if (name === 'id') {
      if (!isOptionalId(value)) return explain(typeof value === 'number' ? 'invalid_number' : 'wrong_type', name, value)
    } else if (!isOptionalNumber(value)) {
      return explain(typeof value === 'number' ? 'invalid_number' : 'wrong_type', name, value)
    }
  }
  return undefined
}

const TEXTS = new Set<string>(['currency', 'exchange', 'marketState', 'source'])

function explain(reason: RejectReason, field: string, value: unknown): Explanation {
  return { reason, detail: `${field}: ${show(value)}` }
}

/** What is shown of an offending value. */
const SHOWN_CHARS_MAX = 80

/** A value in a few words; never its inside, which may be nested without end. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  if (typeof value !== 'string') return String(value)
  const text = JSON.stringify(value.slice(0, SHOWN_CHARS_MAX).toWellFormed())
  return value.length > SHOWN_CHARS_MAX ? `${text}… (${value.length} characters)` : text
}
