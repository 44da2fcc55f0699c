// One bound of one column as JSON, moved outwards where the log's form is coarser than the value. Readers compare
// strings by their UTF-8 bytes, which is by code points, and take timestamps as whole milliseconds.
// Source: docs/delta.md, Statistics.

import { STATISTICS_STRING_LENGTH_MAX } from '#delta/limits'
import { rawNumber } from '#delta/log/json'
import type { PrimitiveType } from '#delta/schema/schema'
import { DAY_MS } from '#runtime/units'

/**
 * A value as a Parquet writer may report it. Whole numbers and decimals: number, bigint or their digits. Floats: number
 * or its text. Timestamps: microseconds since the epoch, or `YYYY-MM-DD HH:MM:SS[.ffffff][zone]` (no zone: UTC). Dates:
 * days since the epoch, or `YYYY-MM-DD`.
 */
export type Bound = string | number | bigint | boolean

export type BoundSide = 'min' | 'max'

/** The bound as it goes into minValues or maxValues; undefined when nothing safe can be said. */
export function encodeBound(type: PrimitiveType, value: Bound, side: BoundSide): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? stringBound(value, side) : undefined
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return integerBound(value)
    case 'float': {
      // As text a float may be shorter than it is: 0.1 is 0.10000000149..., and a reader may compare doubles.
      const number = floatBound(value)
      return number === undefined ? undefined : Math.fround(number)
    }
    case 'double':
      return floatBound(value)
    case 'date':
      return dateBound(value)
    case 'timestamp':
      return timestampBound(value, side)
    case 'timestamp_ntz':
      return timestampBound(value, side)?.slice(0, -1)
    case 'boolean':
    case 'binary':
      return undefined
    default:
      return decimalBound(value)
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
/** What JavaScript's dates reach, either way. */
const DAYS_MAX = 100_000_000
const INTEGER = /^-?(?:0|[1-9]\d*)$/
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

function integerBound(value: Bound): unknown {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined
  const digits = String(value)
  return INTEGER.test(digits) ? rawNumber(digits) : undefined
}

function decimalBound(value: Bound): unknown {
  const digits = String(value)
  return DECIMAL.test(digits) ? rawNumber(digits) : undefined
}

/** As the log writes dates: with four digits for the year. */
function dateBound(value: Bound): string | undefined {
  const isDay = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= DAYS_MAX
  const text = isDay ? new Date(value * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length) : value
  return typeof text === 'string' && DATE.test(text) ? text : undefined
}

function floatBound(value: Bound): number | undefined {
  if (typeof value === 'boolean' || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** Tie breakers of Spark: greater than any ASCII character that a text has, and greater than any character. */
const [ASCII_MAX, UNICODE_MAX] = ['\u007f', '\u{10ffff}']

function stringBound(value: string, side: BoundSide): string | undefined {
  if (!value.isWellFormed()) return undefined
  const points = Array.from(value.slice(0, 2 * (STATISTICS_STRING_LENGTH_MAX + 1)))
  const prefix = points.slice(0, STATISTICS_STRING_LENGTH_MAX).join('')
  const next = points[STATISTICS_STRING_LENGTH_MAX]
  if (next === undefined || side === 'min') return prefix
  if (next < ASCII_MAX) return prefix + ASCII_MAX
  return next === UNICODE_MAX ? undefined : prefix + UNICODE_MAX
}

const [MICROS_MIN, MICROS_MAX] = [BigInt(Date.UTC(1, 0, 1)) * 1000n, BigInt(Date.UTC(9999, 11, 31)) * 1000n]

function timestampBound(value: Bound, side: BoundSide): string | undefined {
  const micros = microsOf(value)
  if (micros === undefined || micros < MICROS_MIN || micros > MICROS_MAX) return undefined
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const ms = Number((micros - rest) / 1000n) + (side === 'max' && rest > 0n ? 1 : 0)
  return new Date(ms).toISOString()
}

const TIMESTAMP =
  /^(?<date>\d{4}-\d{2}-\d{2})[ T](?<time>[\d:]{8})(?:\.(?<fraction>\d{1,6}))?(?<zone>Z|[+-]\d\d(?::?\d\d)?)?$/

function microsOf(value: Bound): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  const { date, time, fraction = '', zone = 'Z' } = (typeof value === 'string' && TIMESTAMP.exec(value)?.groups) || {}
  const ms = Date.parse(`${date}T${time}Z`)
  if (Number.isNaN(ms)) return undefined
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0')) - BigInt(zoneMinutes(zone)) * 60_000_000n
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0)
  return zone.startsWith('-') ? -minutes : minutes
}
