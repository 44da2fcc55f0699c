// What was last published of each symbol, so that a poll which brings nothing new publishes nothing.
// Bounded: beyond its limit the symbol that was seen longest ago is forgotten, which can only repeat a quote.

import type { Quote } from '#market/quote'

/** Remembers quotes; asks of each whether it says something new. */
export interface LastSeen {
  /** True when symbol, time, price or volume differ from the symbol's quote before; remembers it then. */
  isNews(quote: Quote): boolean
}

/** A memory for up to `symbolsMax` symbols. */
export function lastSeen(symbolsMax: number): LastSeen {
  const quotes = new Map<string, Quote>()
  return {
    isNews(quote) {
      const last = quotes.get(quote.symbol)
      if (last !== undefined && saysTheSame(last, quote)) return false
      quotes.delete(quote.symbol)
      quotes.set(quote.symbol, quote)
      if (quotes.size > symbolsMax) forgetOldest(quotes)
      return true
    },
  }
}

function saysTheSame(a: Quote, b: Quote): boolean {
  return a.timestamp === b.timestamp && a.price === b.price && a.dayVolume === b.dayVolume
}

function forgetOldest(quotes: Map<string, Quote>): void {
  const oldest = quotes.keys().next()
  if (!oldest.done) quotes.delete(oldest.value)
}
