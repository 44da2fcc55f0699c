// What is known of each symbol that is followed: its market, the row that was polled last, the ticks that came last.
// The streamer and the poll meet here, so this is where one quote is told from another.

import type { Calendar, Calendars } from '#calendar/calendar'
import type { Quote } from '#market/quote'
import type { Clock } from '#runtime/clock'
import { RecentTicks } from '#services/producer/sources/yahoo/streamer/recent_ticks'

/** One symbol, as ticks and rows come. */
export interface FollowedSymbol {
  readonly symbol: string
  /** When it began to be followed. */
  readonly since: number
  calendar: Calendar
  /** The exchange that the calendar was found by. */
  exchange: string | null
  /** The zone that the calendar was found by, where the exchange alone would not have told: ticks carry it on. */
  zone: string | null
  /** The last polled row. */
  row: Quote | null
  /** The last row that was handed on as a quote. */
  sentRow: Quote | null
  /** When it was last polled. */
  askedAt: number
  /** By how much of YAHOO_JITTER its rest after that is longer: -1 to 1. */
  jitter: number
  /** When its last tick came. */
  tickAt: number
  /** The newest event time of a tick. */
  tickTime: number
  /** What its last tick said of the market. */
  tickState: string | null
  /** Units traded in the trading day at its newest tick; null when that is not known, or no longer. */
  dayVolume: number | null
  readonly recentTicks: RecentTicks
}

/** Symbols by name, in the order of the settings. */
export type FollowedSymbols = ReadonlyMap<string, FollowedSymbol>

/** Symbols of which nothing is known yet. */
export function followSymbols(
  symbols: readonly string[],
  { calendars, clock }: { readonly calendars: Calendars; readonly clock: Clock },
): FollowedSymbols {
  const since = clock.now()
  const follow = (symbol: string): FollowedSymbol => ({
    symbol,
    since,
    calendar: calendars.of({ symbol, exchange: null, zone: null }),
    exchange: null,
    zone: null,
    row: null,
    sentRow: null,
    askedAt: Number.NEGATIVE_INFINITY,
    jitter: 0,
    tickAt: Number.NEGATIVE_INFINITY,
    tickTime: Number.NEGATIVE_INFINITY,
    tickState: null,
    dayVolume: null,
    recentTicks: new RecentTicks(),
  })
  return new Map(symbols.map((symbol) => [symbol, follow(symbol)]))
}

/** What a row or a tick says of its market. */
export interface MarketWords {
  readonly exchange: string | null
  readonly zone: string | null
}

/** Finds the symbol's calendar by what is said of its market now. */
export function learnMarket(followed: FollowedSymbol, { exchange, zone }: MarketWords, calendars: Calendars): void {
  const { symbol } = followed
  const byExchange = calendars.of({ symbol, exchange, zone: null })
  followed.exchange = exchange
  followed.calendar = zone === null ? byExchange : calendars.of({ symbol, exchange, zone })
  followed.zone = followed.calendar === byExchange ? null : zone
}

/** Yahoo's word for the regular session. */
export const OPEN_STATE = 'REGULAR'

/**
 * Whether the symbol's market is in regular trading: by its calendar, unless a row of this span says otherwise. Where
 * nobody knows the hours, only a row tells.
 */
export function isOpenAt(followed: FollowedSymbol, now: number): boolean {
  const { calendar, askedAt, row } = followed
  const span = calendar.spanAt(now)
  const word = askedAt >= span.start ? (row?.marketState ?? null) : null
  return word === null ? calendar.hasHours && span.session === 'regular' : word === OPEN_STATE
}

/** How long no tick of the symbol has come, counted from the start of what its market does now at most. */
export function silenceMs(followed: FollowedSymbol, now: number): number {
  return now - Math.max(followed.tickAt, followed.since, followed.calendar.spanAt(now).start)
}
