// The stretch of time that a question is about: `from` and `to` in the query of its address.

import type { EpochMs } from '#runtime/units'
import { wrongRequest } from '#services/web/request_error'

/** From <= time < to. */
export interface QueryRange {
  readonly from: EpochMs
  readonly to: EpochMs
}

/** What holds where the query names none, and the last time that it may name. */
export interface RangeRules {
  readonly max: number
  readonly to: number
  readonly from: (to: number) => number
}

/** Reads the range. Throws a RequestError that says what is wrong with it. */
export function rangeIn(query: URLSearchParams, { max, ...defaults }: RangeRules): QueryRange {
  const to = timeIn(query, 'to', max) ?? defaults.to
  const from = timeIn(query, 'from', max) ?? defaults.from(to)
  if (from >= to) throw wrongRequest(`from (${from}) must be before to (${to})`)
  return { from: from as EpochMs, to: to as EpochMs }
}

function timeIn(query: URLSearchParams, name: 'from' | 'to', max: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const time = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (time <= max) return time
  throw wrongRequest(`${name} is a time in milliseconds since 1970-01-01 UTC, not ${JSON.stringify(text)}`)
}
