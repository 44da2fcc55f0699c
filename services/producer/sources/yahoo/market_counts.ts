// What Yahoo's quotes say of their markets. A regular price moves in the regular session alone, so before and after
// hours the market counts as closed.

import type { Quote } from '#market/quote'
import { MINUTE_MS } from '#runtime/units'
import type { MarketCounts } from '#services/producer/sources/quote_source'

/** Yahoo's word for the regular session. */
const OPEN_STATE = 'REGULAR'

/** Counts the quotes' symbols, one quote each. */
export function countMarkets(quotes: readonly Quote[]): MarketCounts {
  const open = quotes.filter(({ marketState }) => marketState === OPEN_STATE)
  const unknown = quotes.filter(({ marketState }) => marketState === null).length
  const closed = quotes.length - open.length - unknown
  return { open: open.length, closed, unknown, delayMs: shortestDelay(open) }
}

function shortestDelay(quotes: readonly Quote[]): number | null {
  const minutes = quotes.flatMap(({ extra }) => {
    const delay = extra?.exchangeDataDelayedBy
    return typeof delay === 'number' && delay >= 0 ? [delay] : []
  })
  return minutes.length === 0 ? null : Math.min(...minutes) * MINUTE_MS
}
