// How old the newest data is, in one word. It goes by the time in the data, never by when somebody asked for it, so
// that nothing is called fresh that only arrived again; and by the hours in which its markets were open, so that
// nothing is called stale because it is night.

import type { EpochMs } from '#runtime/units'
import type { Freshness } from '#services/web/api'
import { CLOSED_MISSED_MS_MAX, DELAYED_AGE_MS_MAX, FRESH_AGE_MS_MAX } from '#services/web/flow/limits'
import type { MarketTime } from '#services/web/flow/market_time'

/** The newest data of a topic or table. */
export interface DataAge {
  readonly market: MarketTime
  /** The newest event time; null when there is no data yet. */
  readonly newest: EpochMs | null
  /** How old the newest data of a flow without any delay may be: a bar is as old as it is long. Default 0. */
  readonly allowanceMs?: number
}

/**
 * Data that comes steadily: quotes and bars. Fresh data is fresh, whatever the market is said to be; a market that has
 * just opened has no newer data yet.
 */
export function freshnessOf({ market, newest, allowanceMs = 0 }: DataAge): Freshness {
  if (newest === null) return 'empty'
  if (market.now - newest - allowanceMs <= FRESH_AGE_MS_MAX) return 'fresh'
  const missedMs = market.openMsSince(newest) - allowanceMs
  if (missedMs <= (market.isOpen ? FRESH_AGE_MS_MAX : CLOSED_MISSED_MS_MAX)) return 'closed'
  return market.isOpen && missedMs <= DELAYED_AGE_MS_MAX ? 'delayed' : 'stale'
}

/** What is known of data that comes now and then: alerts, late quotes, dead letters. */
export interface OccasionalData {
  readonly isEmpty: boolean
  /** Of the quotes that it would be made of. */
  readonly quotes: Freshness
  /** How far behind whoever makes it is; null when that is not known. */
  readonly lagMs: number | null
}

/**
 * An hour without an alert is no old alert. Such data is as fresh as the quotes that it would be made of, unless
 * whoever makes it is behind.
 */
export function occasionalFreshness({ isEmpty, quotes, lagMs }: OccasionalData): Freshness {
  if (isEmpty) return 'empty'
  if (lagMs === null || lagMs <= FRESH_AGE_MS_MAX) return quotes
  return lagMs <= DELAYED_AGE_MS_MAX ? worse(quotes, 'delayed') : worse(quotes, 'stale')
}

/** From the best to the worst. */
const ORDER: readonly Freshness[] = ['fresh', 'closed', 'empty', 'delayed', 'stale', 'unavailable']

function worse(a: Freshness, b: Freshness): Freshness {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b
}
