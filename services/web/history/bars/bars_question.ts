// What /api/bars is asked, read from the query of its address.

import type { EpochMs } from '#runtime/units'
import { type BarGrain, grainFor, grainsOf, type TimeRange } from '#services/web/history/bars/grain'
import { RANGE_DEFAULT_MS, SYMBOL_CHARS_MAX, TIME_MAX_MS } from '#services/web/history/limits'
import { wrongRequest } from '#services/web/request_error'

/** Bars of a symbol with from <= windowStart < to. */
export interface BarsQuestion {
  readonly symbol: string
  readonly from: EpochMs
  readonly to: EpochMs
  readonly grain: BarGrain
}

/** Reads the question. Throws a RequestError that says what to ask instead. */
export function barsQuestion(
  query: URLSearchParams,
  { barIntervalMs, now }: { readonly barIntervalMs: number; readonly now: EpochMs },
): BarsQuestion {
  const symbol = symbolOf(query)
  const to = timeOf(query, 'to') ?? now
  const from = timeOf(query, 'from') ?? Math.max(0, to - RANGE_DEFAULT_MS)
  if (from >= to) throw wrongRequest(`from (${from}) must be before to (${to})`)
  const range: TimeRange = { from, to }
  const grain = grainFor(grainsOf(barIntervalMs), range, query.get('grain'))
  return { symbol, from: from as EpochMs, to: to as EpochMs, grain }
}

/** Any text may be a symbol: one that no quote has is answered with no bars. */
function symbolOf(query: URLSearchParams): string {
  const symbol = query.get('symbol') ?? ''
  if (symbol === '') throw wrongRequest('symbol is missing; ask with ?symbol=AAPL')
  if (symbol.length > SYMBOL_CHARS_MAX || symbol.includes('\0')) {
    throw wrongRequest(`no symbol has more than ${SYMBOL_CHARS_MAX} characters, or a NUL among them`)
  }
  return symbol
}

function timeOf(query: URLSearchParams, name: 'from' | 'to'): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const time = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (time <= TIME_MAX_MS) return time
  throw wrongRequest(`${name} is a time in milliseconds since 1970-01-01 UTC, not ${JSON.stringify(text)}`)
}
