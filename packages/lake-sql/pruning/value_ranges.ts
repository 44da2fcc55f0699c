// Constants and bounds of one column type as values that compare as DuckDB compares them. What is not surely read is
// undefined: such a constant is no condition, such a bound no bound. Bounds are moved outwards where writers round:
// timestamps are cut to milliseconds, long strings to a prefix, and of floats the greatest may be a NaN that nobody
// mentions.

import type { Constant } from '#lake-sql/pruning/condition'
import { DAY_MS } from '#runtime/units'

/** A value of an integer (bigint), timestamp (bigint, microseconds), double (number), or of UTF-8 bytes. */
export type PruneValue = bigint | number | Uint8Array

/** What is certain of all values of a file that are not null. */
export interface ValueRange {
  /** No value is equal. */
  noneEqual(value: PruneValue): boolean
  allAbove(value: PruneValue): boolean
  allAtLeast(value: PruneValue): boolean
  allBelow(value: PruneValue): boolean
  allAtMost(value: PruneValue): boolean
}

/** Bounds as a log has them. */
export interface LoggedBounds {
  readonly min: unknown
  readonly max: unknown
  /** The values themselves: of a partition. */
  readonly exact?: boolean
}

const INTEGERS: ReadonlySet<string> = new Set(['long', 'integer', 'short', 'byte'])
const INSTANTS: ReadonlySet<string> = new Set(['timestamp', 'timestamp_ntz'])

/** Types of which constants are understood, as DuckDB's plans name them. */
const PLAN_TYPES: Readonly<Record<string, string>> = {
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
}

/** The constant as a value of the column; undefined when it is of another type, or not certain to be the same. */
export function constantValue(type: string, { type: constantType, value }: Constant): PruneValue | undefined {
  if (PLAN_TYPES[type] !== constantType) return undefined
  if (typeof value === 'string') return type === 'string' && value.isWellFormed() ? bytesOf(value) : undefined
  if (type === 'double') return value
  if (!Number.isSafeInteger(value)) return undefined
  if (type === 'date') return BigInt(value) * BigInt(DAY_MS)
  return INTEGERS.has(type) || INSTANTS.has(type) ? BigInt(value) : undefined
}

/** The bounds as what is certain of the values. */
export function columnRange(type: string, bounds: LoggedBounds): ValueRange {
  if (INTEGERS.has(type)) return rangeOf(integerOf(bounds.min), integerOf(bounds.max), compareBigints)
  if (type === 'date') return rangeOf(dayOf(bounds.min), dayOf(bounds.max), compareBigints)
  if (INSTANTS.has(type)) return instantRange(bounds)
  if (type === 'string') return stringRange(bounds)
  if (type === 'double' && !bounds.exact) return doubleRange(bounds)
  return rangeOf<bigint>(undefined, undefined, compareBigints)
}

function rangeOf<V extends PruneValue>(
  min: V | undefined,
  max: V | undefined,
  compare: (a: V, b: V) => number,
): ValueRange {
  const allAbove = (value: PruneValue) => min !== undefined && compare(min, value as V) > 0
  const allBelow = (value: PruneValue) => max !== undefined && compare(max, value as V) < 0
  return {
    noneEqual: (value) => allAbove(value) || allBelow(value),
    allAbove,
    allAtLeast: (value) => min !== undefined && compare(min, value as V) >= 0,
    allBelow,
    allAtMost: (value) => max !== undefined && compare(max, value as V) <= 0,
  }
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What a bound that was cut to whole milliseconds may have lost. */
const LOST_MICROS = 999n

/** Spark writes a bound's zone in whole minutes, however many seconds the zone has (Los Angeles in 1850: -07:52:58). */
const ZONE_LOST_MICROS = 59_000_000n

/** The last zone with seconds in its offset was Monrovia's, until 1972. */
const WHOLE_ZONES_FROM_MICROS = BigInt(Date.UTC(1973, 0, 1)) * 1000n

function instantRange({ min, max, exact = false }: LoggedBounds): ValueRange {
  const [from, to] = [microsOf(min), microsOf(max)]
  if (exact) return rangeOf(from, to, compareBigints)
  const lowest = from === undefined ? undefined : from - zoneLoss(from)
  const highest = to === undefined ? undefined : to + LOST_MICROS + zoneLoss(to)
  return rangeOf(lowest, highest, compareBigints)
}

function zoneLoss(micros: bigint): bigint {
  return micros < WHOLE_ZONES_FROM_MICROS ? ZONE_LOST_MICROS : 0n
}

/** Strings from this length on may have been cut by their writer. */
const CUT_LENGTH_MIN = 8

function stringRange({ min, max, exact = false }: LoggedBounds): ValueRange {
  const range = rangeOf(textBytes(min), textBytes(max), Buffer.compare)
  const mayBeCut = !exact && typeof max === 'string' && max.length >= CUT_LENGTH_MIN
  if (!mayBeCut) return range
  // A cut maximum is above all values but those that begin with it.
  const prefix = bytesOf(max)
  const isBeyond = (value: PruneValue) => !startsWith(value as Uint8Array, prefix)
  const allBelow = (value: PruneValue) => range.allBelow(value) && isBeyond(value)
  return { ...range, allBelow, allAtMost: allBelow, noneEqual: (value) => range.allAbove(value) || allBelow(value) }
}

function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  return value.length >= prefix.length && Buffer.compare(value.subarray(0, prefix.length), prefix) === 0
}

/** Room for constants and bounds whose last digit came out differently elsewhere. */
const DOUBLE_SLACK = 1e-12

function doubleRange({ min, max }: LoggedBounds): ValueRange {
  const [from, to] = [finite(min), finite(max)]
  const slack = (value: number) => Math.abs(value) * DOUBLE_SLACK
  const above = (value: PruneValue) => from !== undefined && from - slack(from) > Number(value) + slack(Number(value))
  const below = (value: PruneValue) => to !== undefined && to + slack(to) < Number(value) - slack(Number(value))
  // A NaN is greater than all numbers, and equal to none.
  const no = () => false
  const noneEqual = (value: PruneValue) => above(value) || below(value)
  return { noneEqual, allAbove: above, allAtLeast: above, allBelow: no, allAtMost: no }
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

const DIGITS = /^-?\d{1,19}$/

/** From JSON a number; from a partition value its digits. */
function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : undefined
}

function textBytes(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\ufffd') ? bytesOf(value) : undefined
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Days as milliseconds since the epoch. */
function dayOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !DAY.test(value)) return undefined
  const ms = Date.parse(`${value}T00:00:00Z`)
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(value)) return undefined
  return BigInt(ms)
}

const INSTANT = new RegExp(
  '^(?<day>\\d{4}-\\d{2}-\\d{2})(?:[ T](?<time>\\d{2}:\\d{2}:\\d{2})(?:\\.(?<fraction>\\d{1,6}))?)?' +
    '(?<zone>Z|[+-]\\d{2}(?::?\\d{2})?)?$',
)

/** An unzoned time is UTC, as it is to the query. */
function microsOf(value: unknown): bigint | undefined {
  const match = typeof value === 'string' ? INSTANT.exec(value) : null
  const { day = '', time, fraction = '', zone } = match?.groups ?? {}
  if (match === null || dayOf(day) === undefined || (zone !== undefined && time === undefined)) return undefined
  const ms = Date.parse(`${day}T${time ?? '00:00:00'}Z`)
  if (Number.isNaN(ms) || time?.startsWith('24')) return undefined
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0')) - BigInt(zoneMinutes(zone)) * 60_000_000n
}

function zoneMinutes(zone = 'Z'): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0)
  return zone.startsWith('-') ? -minutes : minutes
}
