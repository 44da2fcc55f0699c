// The quotes of the kill tests, by number: a third without a key, some with a wrong one, out of order, late, given
// twice, or no quotes at all; sizes, day volumes and previous closes. And how the streams read them: silence is told by
// records alone, however slow the machine, so that what comes out is a pure function of stock-prices.

import { openCalendars } from '#calendar/calendars'
import type { NewRecord } from '#log/event_log'
import { encodeQuote, quoteOf } from '#market/quote'
import { PRICES_TOPIC } from '#market/topics'
import { type EpochMs, epochMs } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'

/** The quotes are this old, so that event time can run ahead of the test's own. */
const HISTORY_MS = 10 * 3_600_000
/** Event time from one quote of a symbol to its next. */
const STEP_MS = 12_000
const QUOTES_PER_SYMBOL = 100

/** The settings of every stream on this load. Its market is open on every day, whatever day the test runs on. */
export const KILL_CONFIG = {
  ...DEFAULT_STREAM_CONFIG,
  calendars: openCalendars({ defaultName: 'UTC' }),
  idleCloseMs: 6 * 3_600_000,
}
export const KILL_RULES = DEFAULT_ALERT_RULES.map((rule) => ({ ...rule, staleAfterMs: 2 * HISTORY_MS }))

/** A load, begun at a time. */
export interface Load {
  /** About how many there will be: as many symbols are there as a hundred quotes each make. More may be asked for. */
  readonly quotes: number
  readonly begunAt: EpochMs
}

/** The records of quotes [from, to). */
export function loadRecords(load: Load, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => recordOf(load, from + i))
}

/** How many symbols a load has. */
export function symbolCount({ quotes }: Load): number {
  return Math.max(1, Math.floor(quotes / QUOTES_PER_SYMBOL))
}

function recordOf(load: Load, n: number): NewRecord {
  const symbols = symbolCount(load)
  const symbol = `S${n % symbols}`
  const repeated = n >= symbols && n % REPEATED === 0
  const value = n % BROKEN === 0 ? '{"symbol":' : quoteText(load, repeated ? n - symbols : n)
  const key = n % 3 === 0 ? null : n % MISKEYED === 0 ? 'WRONG' : symbol
  return { topic: PRICES_TOPIC, key, value }
}

/** Primes, so that all combinations come up. */
const [BROKEN, REPEATED, MISKEYED, LATE, REVISING, NAMED, CLOSED_BEFORE] = [503, 41, 59, 97, 13, 7, 11]

function quoteText(load: Load, n: number): string {
  const symbols = symbolCount(load)
  const [symbol, round] = [n % symbols, Math.floor(n / symbols)]
  const behind = n % LATE === 0 ? 900_000 : n % REVISING === 0 ? 90_000 : 0
  const price = Math.round(10_000 + 400 * Math.sin(round / 8 + (symbol % 31)) + (n % 5)) / 100
  const quote = quoteOf({
    symbol: `S${symbol}`,
    price,
    timestamp: epochMs(load.begunAt - HISTORY_MS + round * STEP_MS + (symbol % 1_000) - behind),
    id: n % NAMED === 0 || (n + symbols) % REPEATED === 0 ? `q${n}` : null,
    size: symbol % 2 === 0 ? n % 40 : null,
    dayVolume: symbol % 2 === 1 ? round * 100 + (n % 150) : null,
    previousClose: n % CLOSED_BEFORE === 0 ? 99 : null,
  })
  return encodeQuote(quote)
}
