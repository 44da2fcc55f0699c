// What Yahoo's quotes say of their markets. A row's price moves in the regular session alone, so before and after hours
// the market counts as closed.

import type { Quote } from '#market/quote'
import { MINUTE_MS } from '#runtime/units'
import type { MarketCounts } from '#services/producer/sources/quote_source'
import { type FollowedSymbol, OPEN_STATE } from '#services/producer/sources/yahoo/followed_symbols'

/** Counts the quotes' symbols, one quote each. */
export function countMarkets(quotes: readonly Quote[]): MarketCounts {
  return countStates(quotes.map((quote) => ({ state: quote.marketState, row: quote })))
}

/** Counts followed symbols by the last word of a row or a tick. */
export function countFollowed(symbols: Iterable<FollowedSymbol>, now: number): MarketCounts {
  return countStates(Array.from(symbols, (followed) => ({ state: lastWord(followed, now), row: followed.row })))
}

/** After the close nobody sends a tick that says so; the calendar does, where it knows the hours. */
function lastWord({ tickAt, askedAt, tickState, row, calendar }: FollowedSymbol, now: number): string | null {
  if (askedAt >= tickAt) return row?.marketState ?? null
  const isOver = calendar.hasHours && calendar.spanAt(now).session !== 'regular'
  return tickState === OPEN_STATE && isOver ? 'CLOSED' : tickState
}

interface MarketState {
  readonly state: string | null
  readonly row: Quote | null
}

function countStates(markets: readonly MarketState[]): MarketCounts {
  const open = markets.filter(({ state }) => state === OPEN_STATE)
  const unknown = markets.filter(({ state }) => state === null).length
  const closed = markets.length - open.length - unknown
  return { open: open.length, closed, unknown, delayMs: shortestDelay(open) }
}

function shortestDelay(markets: readonly MarketState[]): number | null {
  const minutes = markets.flatMap(({ row }) => {
    const delay = row?.extra?.exchangeDataDelayedBy
    return typeof delay === 'number' && delay >= 0 ? [delay] : []
  })
  return minutes.length === 0 ? null : Math.min(...minutes) * MINUTE_MS
}
