// A bar out of a source's history, as it was fetched: no bar of ours, and never mixed with those of the stream. What is
// preferred where both are there, the view bars_all decides.

import type { Session } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'

/** How long bars of history are. */
export const HISTORY_GRAINS = ['1m', '5m', '1h', '1d'] as const

export type HistoryGrain = (typeof HISTORY_GRAINS)[number]

/** How far back Yahoo's charts have bars of each length; null: to the first day. */
export const HISTORY_REACH_MS: Readonly<Record<HistoryGrain, number | null>> = {
  '1m': 30 * DAY_MS,
  '5m': 60 * DAY_MS,
  '1h': 730 * DAY_MS,
  '1d': null,
}

/** OHLCV of one symbol in [windowStart, windowEnd); key: symbol, grain, windowStart; the last one fetched counts. */
export interface HistoryBar {
  readonly symbol: string
  readonly grain: HistoryGrain
  readonly windowStart: EpochMs
  readonly windowEnd: EpochMs
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Units traded; null when the source does not say, as before and after regular hours. */
  readonly volume: number | null
  /** As `2026-11-27`. */
  readonly tradeDate: string
  readonly session: Session
  readonly currency: string | null
  readonly exchange: string | null
  /** False while the source may still change it: it is fetched again later. */
  readonly isFinal: boolean
  /** Who has it, such as `yahoo`. */
  readonly source: string
  readonly fetchedAt: EpochMs
}

/** The value of a stock-history-bars record. */
export function encodeHistoryBar(bar: HistoryBar): string {
  return JSON.stringify(bar)
}
