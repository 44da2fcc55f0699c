// How much a partition's state holds and where its time stands, for those who watch the service. One pass over the
// symbols, made when somebody asks.

import type { PartitionState } from '#services/stream/state/partition_state'
import { watermarkOf } from '#services/stream/windows/placement'
import { NEVER } from '#services/stream/windows/window_state'

/** What a state holds; its bounds are in limits.ts. */
export interface StateSize {
  readonly symbols: number
  /** Retained windows, and those of them whose bar is still to be put out, or put out again. */
  readonly windows: number
  readonly openWindows: number
  readonly ids: number
  readonly prices: number
  /** The newest event time; null before the first quote. */
  readonly newestEventTime: number | null
  /** The lowest watermark of the symbols with such a window; null when none has one. */
  readonly lowestWatermark: number | null
}

/** Counts the state. */
export function sizeOf(state: PartitionState): StateSize {
  let [windows, openWindows, prices] = [0, 0, 0]
  let newest = 0
  let lowest = NEVER
  for (const symbol of state.symbols) {
    windows += symbol.windows.length
    openWindows += symbol.dueWindows
    prices += symbol.prices?.count ?? 0
    if (symbol.maxEventTime > newest) newest = symbol.maxEventTime
    if (symbol.dueWindows > 0) lowest = Math.min(lowest, watermarkOf(state.settings, symbol))
  }
  const newestEventTime = newest === 0 ? null : newest
  const lowestWatermark = lowest === NEVER ? null : lowest
  const [symbols, ids] = [state.symbols.length, state.ids.size]
  return { symbols, windows, openWindows, ids, prices, newestEventTime, lowestWatermark }
}
