// The parts of a market's day, and the dates that trades belong to. What market does what when: packages/calendar.

import { DAY_MS } from '#runtime/units'

/** In the order of the day; `none` is when nothing trades. */
export const SESSIONS = ['overnight', 'pre', 'regular', 'post', 'none'] as const

/** What a market does at a time. */
export type Session = (typeof SESSIONS)[number]

/**
 * The date that a trade belongs to, as days since 1970-01-01. It is the market's own, and not always the civil date:
 * futures traded on Sunday evening belong to Monday.
 */
export type TradeDate = number

/** `2026-11-27` */
export function tradeDateText(date: TradeDate): string {
  if (date !== lastDate) {
    lastText = new Date(date * DAY_MS).toISOString().slice(0, 10)
    lastDate = date
  }
  return lastText
}

/** What was last asked for: bars one after the other are of one date. */
let lastDate: TradeDate = 0
let lastText = '1970-01-01'

/** The date of a text `YYYY-MM-DD`; null when there is no such day. */
export function parseTradeDate(text: string): TradeDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const ms = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text) ? null : ms / DAY_MS
}
