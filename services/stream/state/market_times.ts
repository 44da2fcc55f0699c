// When each market was last heard, by the calendars of a state's symbols, for those who watch the service: a market
// that is open and not heard is a fault, and one that is closed is none. One pass over the symbols, made when somebody
// asks.

import type { Calendar } from '#calendar/calendar'
import { DAY_MS } from '#runtime/units'
import type { PartitionState } from '#services/stream/state/partition_state'

/** The newest event time of each market's symbols. */
export type MarketTimes = ReadonlyMap<Calendar, number>

/** Looks at all symbols. One that was not heard since a restart is of the market that its name tells. */
export function marketTimesOf({ symbols, settings: { calendars } }: PartitionState): MarketTimes {
  const times = new Map<Calendar, number>()
  for (const { symbol, calendar, maxEventTime } of symbols) {
    const market = calendar ?? calendars.of({ symbol, exchange: null, zone: null })
    const newest = times.get(market)
    if (newest === undefined || maxEventTime > newest) times.set(market, maxEventTime)
  }
  return times
}

/** The newest of several partitions. */
export function newestTimes(partitions: Iterable<MarketTimes>): MarketTimes {
  const times = new Map<Calendar, number>()
  for (const part of partitions) {
    for (const [market, time] of part) times.set(market, Math.max(time, times.get(market) ?? time))
  }
  return times
}

/** A market that was not heard for so long is followed no more, or all that was heard of it was history. */
const FORGOTTEN_AFTER_MS = 7 * DAY_MS

/**
 * How long regular trading has gone on without a newer event; null when the market is closed, when nobody knows its
 * hours, and when it was not heard for a week.
 */
export function silenceMs(market: Calendar, newest: number, now: number): number | null {
  if (!market.hasHours || now - newest > FORGOTTEN_AFTER_MS) return null
  let { start, session } = market.spanAt(now)
  if (session !== 'regular') return null
  // A trading day that follows the one before without a pause is no opening.
  while (start > newest && market.spanAt(start - 1).session === 'regular') start = market.spanAt(start - 1).start
  return Math.max(0, now - Math.max(newest, start))
}
