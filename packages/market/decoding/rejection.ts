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
  priceOf,
  TIMESTAMP_MIN_MS,
} from '#market/decoding/fields'
import { parseIsoInstant } from '#market/decoding/instant'
import { timeZone } from '#market/decoding/time_zone'
import { MILLISECONDS, TIMESTAMP_UNITS, type TimestampSettings, type TimestampUnit } from '#market/decoding/timestamp'
import { OPTIONAL_FIELDS } from '#market/quote'

/** A reason with the field and value that gave it. */
export interface Explanation {
  readonly reason: RejectReason
  readonly detail: string
}

/** What the first look went by. */
export interface FirstLook {
  readonly settings: TimestampSettings
  /** The timestamp in whole milliseconds, or NaN. */
  readonly timestamp: number
  readonly timestampMaxMs: number
}

/**
 * Finds why the decoder refused the object. Throws when there is nothing to find: then the two looks disagree, a bug.
 */
export function explainRejection(fields: Fields, look: FirstLook): Explanation {
  const found = missing(fields) ?? wrongRequired(fields) ?? wrongTimestamp(fields, look) ?? wrongOption(fields)
  if (found === undefined) throw new Error(`the decoder refused a valid quote of ${show(fields.symbol)}`)
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
  if (typeof price !== 'number') return withAdvice(explain('wrong_type', 'price', price), priceAdvice(price))
  return isPrice(price) ? undefined : explain('invalid_price', 'price', price)
}

function wrongTimestamp(fields: Fields, look: FirstLook): Explanation | undefined {
  const { timestamp: ms, timestampMaxMs: maxMs } = look
  const given = fields.timestamp
  if (Number.isNaN(ms)) return withAdvice(explain('wrong_type', 'timestamp', given), zoneAdvice(given))
  if (ms >= TIMESTAMP_MIN_MS && ms <= maxMs) return undefined
  const unit = typeof given === 'string' ? undefined : otherUnit(Number(given), look)
  if (unit !== undefined) return withAdvice(explain('timestamp_unit', 'timestamp', given), unitAdvice(unit))
  return explain(ms > maxMs ? 'timestamp_in_future' : 'timestamp_too_old', 'timestamp', given)
}

/** The unit in which a number outside the range would lie in it. */
function otherUnit(value: number, { timestampMaxMs }: FirstLook): TimestampUnit | undefined {
  return TIMESTAMP_UNITS.find((unit) => {
    const ms = MILLISECONDS[unit](value)
    return ms >= TIMESTAMP_MIN_MS && ms <= timestampMaxMs
  })
}

/** The detail names the setting that would let the value in; the user decides whether it is meant so. */
function withAdvice({ reason, detail }: Explanation, advice: string | undefined): Explanation {
  return { reason, detail: advice === undefined ? detail : `${detail} ${advice}` }
}

const UNIT_NAMES = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' } as const

function unitAdvice(unit: TimestampUnit): string {
  return `looks like ${UNIT_NAMES[unit]}: set TIMESTAMP_UNIT=${unit}`
}

function zoneAdvice(given: unknown): string | undefined {
  const isLocal = typeof given === 'string' && !Number.isNaN(parseIsoInstant(given, UTC))
  return isLocal ? 'has no zone: set TIMESTAMP_ZONE, for instance to UTC' : undefined
}

const UTC = timeZone('UTC')

function priceAdvice(given: unknown): string | undefined {
  return isPrice(priceOf(given)) ? 'is text: set PRICE_TEXT=accept' : undefined
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
