// The load: quotes of about 148 bytes over 500 symbols, a thousand a second of event time, as the peers' figures were
// measured with. Rubbish is no part of it: what is refused costs less than what is taken.

import type { NewRecord } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'

/** Symbols in the load. */
export const SYMBOLS = 500

const START = Date.UTC(2026, 9, 2, 13, 30)

/** The value of quote `index`. */
export function quoteText(index: number): string {
  const symbol = `S${index % SYMBOLS}`
  const price = (100 + (index % 9_973) / 100).toFixed(2)
  const required = `"symbol":"${symbol}","price":${price},"timestamp":${START + index}`
  const sizes = `"size":${1 + (index % 90)},"bid":${price},"ask":${price}`
  return `{${required},${sizes},"currency":"USD","exchange":"NMS","source":"bench"}`
}

/** The records of quotes [from, to). */
export function quoteRecords(from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({
    topic: PRICES_TOPIC,
    key: `S${(from + i) % SYMBOLS}`,
    value: quoteText(from + i),
  }))
}
