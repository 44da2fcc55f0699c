// A bar: what a symbol's quotes did in one window. Rules: quotes are placed by event time, a bar may be revised.

import type { Session } from '#market/session'
import type { EpochMs, Offset } from '#runtime/units'

/** Why a bar was put out: its window closed or had changed since; its symbol fell silent; a bounded run ended. */
export type ClosedBy = 'watermark' | 'idle' | 'drain'

/** OHLCV of one symbol in [windowStart, windowEnd); key: symbol and windowStart, the highest revision counts. */
export interface Bar {
  readonly symbol: string
  readonly windowStart: EpochMs
  readonly windowEnd: EpochMs
  /** The date that trades at the window's start belong to, `2026-11-27`; by the market of the quote that is `close`. */
  readonly tradeDate: string
  /** What that market does at the window's start. */
  readonly session: Session
  /** The price of the first quote by (event time, offset). */
  readonly open: number
  readonly high: number
  readonly low: number
  /** The price of the last quote by (event time, offset). */
  readonly close: number
  /** Unweighted mean of the prices. */
  readonly average: number
  /** sum(price x volume) / sum(volume); null when the volume is unknown or 0. */
  readonly vwap: number | null
  /** Units traded; null when unknown. */
  readonly volume: number | null
  /**
   * Where `volume` comes from totals: the event time of the last `dayVolume` before the window, which the first one in
   * it is measured against. Null where the volume is unknown or the sum of sizes.
   */
  readonly volumeSince: EpochMs | null
  /** Quotes in the window, duplicates left out. */
  readonly count: number
  /** 0 for the first emission, then one more each time. */
  readonly revision: number
  readonly closedBy: ClosedBy
  /**
   * False for a symbol's first window ever, which may have begun before the first quote that was seen; and for the one
   * of its first `dayVolume`, whose volume is not known. The first emission settles it.
   */
  readonly complete: boolean
  /** The lowest and highest offset in stock-prices of the quotes in it. */
  readonly firstOffset: Offset
  readonly lastOffset: Offset
  /** When the stream service emitted it. */
  readonly processingTime: EpochMs
}

/**
 * The value of a stock-bars-1m record. Those of before there were calendars have no tradeDate, no session and no
 * volumeSince.
 */
export function encodeBar(bar: Bar): string {
  return JSON.stringify(bar)
}
