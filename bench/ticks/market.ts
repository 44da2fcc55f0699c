// A streamed market: so many symbols, each with a price and a growing volume of its own.

import type { SentPricing } from '#support/yahoo/pricing_encoder'

/** The symbols of the market. */
export function symbolsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `S${i}`)
}

/** The nth tick of a symbol: every fourth was merged on its way. */
export function tickOf(symbol: string, n: number, time: number): SentPricing {
  return {
    id: symbol,
    price: 100 + (n % 1_000) / 100,
    time: Math.floor(time / 1_000) * 1_000,
    exchange: 'NMS',
    quoteType: 8,
    marketHours: 1,
    changePercent: 0.25,
    dayVolume: 1_000_000 + n * 100,
    change: 0.77,
    lastSize: n % 4 === 0 ? 7 : 100,
    priceHint: 2,
  }
}
