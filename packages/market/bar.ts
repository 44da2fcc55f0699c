// A bar: what a symbol's quotes did in one window. Rules: quotes are placed by event time, a bar may be revised.

import type { EpochMs, Offset } from '#runtime/units'

/** Why a bar was put out: its window closed or had changed since; its symbol fell silent; a bounded run ended. */
export type ClosedBy = 'watermark' | 'idle' | 'drain'

/** OHLCV of one symbol in [windowStart, windowEnd); key: symbol and windowStart, the highest revision counts. */
export interface Bar {
  readonly symbol: string
  readonly windowStart: EpochMs
  readonly windowEnd: EpochMs
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
  /** Quotes in the window, duplicates left out. */
  readonly count: number
  /** 0 for the first emission, then one more each time. */
  readonly revision: number
  readonly closedBy: ClosedBy
  /** False for a symbol's first window ever: it may have begun before the first quote that was seen. */
  readonly complete: boolean
  /** The lowest and highest offset in stock-prices of the quotes in it. */
  readonly firstOffset: Offset
  readonly lastOffset: Offset
  /** When the stream service emitted it. */
  readonly processingTime: EpochMs
}

/** The value of a stock-bars-1m record. */
export function encodeBar(bar: Bar): string {
  return JSON.stringify(bar)
}
