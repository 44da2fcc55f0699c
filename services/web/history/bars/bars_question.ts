// What /api/bars is asked, read from the query of its address.

import type { EpochMs } from '#runtime/units'
import { type BarGrain, grainFor, grainsOf } from '#services/web/history/bars/grain'
import { RANGE_DEFAULT_MS, SYMBOL_CHARS_MAX, TIME_MAX_MS } from '#services/web/history/limits'
import { wrongRequest } from '#services/web/request_error'
import { rangeIn } from '#services/web/time_range'

/** Bars of a symbol with from <= windowStart < to. */
export interface BarsQuestion {
  readonly symbol: string
  readonly from: EpochMs
  readonly to: EpochMs
  readonly grain: BarGrain
  /** Those of regular hours alone. */
  readonly isRegularOnly: boolean
}

/** Reads the question. Throws a RequestError that says what to ask instead. */
export function barsQuestion(
  query: URLSearchParams,
  { barIntervalMs, now }: { readonly barIntervalMs: number; readonly now: EpochMs },
): BarsQuestion {
  const symbol = symbolOf(query)
  const range = rangeIn(query, { max: TIME_MAX_MS, to: now, from: (to) => Math.max(0, to - RANGE_DEFAULT_MS) })
  const grain = grainFor(grainsOf(barIntervalMs), range, query.get('grain'))
  return { symbol, ...range, grain, isRegularOnly: isRegularIn(query) }
}

function isRegularIn(query: URLSearchParams): boolean {
  const hours = query.get('hours') ?? 'all'
  if (hours === 'all' || hours === 'regular') return hours === 'regular'
  throw wrongRequest(`hours is "all" or "regular", not ${JSON.stringify(hours)}`)
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
