// The load: quotes of about 148 bytes. Few symbols: 500, a thousand quotes a second of event time, as the peers'
// figures were measured with. Many: 200,000, each once in ten seconds. Rubbish is no part of it: what is refused costs
// less than what is taken.

import type { NewRecord } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'

/** How many symbols a load has, and how many quotes it has a second of event time. */
export interface QuoteLoad {
  readonly symbols: number
  readonly quotesPerSecond: number
}

export const FEW_SYMBOLS: QuoteLoad = { symbols: 500, quotesPerSecond: 1_000 }
export const MANY_SYMBOLS: QuoteLoad = { symbols: 200_000, quotesPerSecond: 20_000 }

const START = Date.UTC(2026, 9, 2, 13, 30)

/** The value of quote `index`. */
export function quoteText({ symbols, quotesPerSecond }: QuoteLoad, index: number): string {
  const symbol = `S${index % symbols}`
  const price = (100 + (index % 9_973) / 100).toFixed(2)
  const timestamp = START + Math.floor((index * 1_000) / quotesPerSecond)
  const required = `"symbol":"${symbol}","price":${price},"timestamp":${timestamp}`
  const sizes = `"size":${1 + (index % 90)},"bid":${price},"ask":${price}`
  return `{${required},${sizes},"currency":"USD","exchange":"NMS","source":"bench"}`
}

/** The records of quotes [from, to). */
export function quoteRecords(load: QuoteLoad, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({
    topic: PRICES_TOPIC,
    key: `S${(from + i) % load.symbols}`,
    value: quoteText(load, from + i),
  }))
}
