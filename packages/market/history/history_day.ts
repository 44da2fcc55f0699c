// What is known of one trading day of a symbol's history: that it was asked for, and what came. Written together with
// the day's bars, so that a minute without a bar can be told from one that nobody has asked for.

import type { HistoryGrain } from '#market/history/history_bar'
import type { EpochMs } from '#runtime/units'

/**
 * `complete`: all of it was fetched, and is final. `partial`: up to `coveredUntil`. `none`: the source has nothing of
 * that day, though the market traded. `no_session`: it did not trade.
 */
export const HISTORY_DAY_STATES = ['complete', 'partial', 'none', 'no_session'] as const

export type HistoryDayState = (typeof HISTORY_DAY_STATES)[number]

/** A symbol's trading day at a grain; the last one fetched counts. */
export interface HistoryDay {
  readonly symbol: string
  readonly grain: HistoryGrain
  /** As `2026-11-27`. */
  readonly tradeDate: string
  readonly state: HistoryDayState
  /** Bars of the day that were fetched with this answer. */
  readonly bars: number
  /** Windows from here to `coveredUntil` that have no bar had no trade; null when nothing was fetched. */
  readonly coveredFrom: EpochMs | null
  readonly coveredUntil: EpochMs | null
  /** The day's regular hours as the source tells them; null when it does not. */
  readonly regularStart: EpochMs | null
  readonly regularEnd: EpochMs | null
  readonly source: string
  readonly fetchedAt: EpochMs
}

/** The value of a stock-history-days record. */
export function encodeHistoryDay(day: HistoryDay): string {
  return JSON.stringify(day)
}
