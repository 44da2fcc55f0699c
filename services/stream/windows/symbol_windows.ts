// What a symbol keeps of its windows. What a window holds is in window_state.ts; where windows lie in time, in
// placement.ts; what a bar adds up, in accumulator.ts.

import type { IdSet } from '#services/stream/windows/id_set'
import type { SymbolMarket } from '#services/stream/windows/symbol_market'
import type { SymbolDayVolume } from '#services/stream/windows/volume/day_volume'
import type { WindowState } from '#services/stream/windows/window_state'

/** What a symbol keeps of its windows. */
export interface SymbolWindows extends SymbolMarket {
  /** Its number in the partition, as long as it is not forgotten. */
  readonly slot: number
  /** The watermark follows it (placement.ts). */
  maxEventTime: number
  /** The watermark at which the next bar is due, or the next window is dropped. */
  nextDueAt: number
  /** Start of the earliest window ever seen; its bar is not complete. */
  firstWindowStart: number
  /** Retained windows by start, the latest last. */
  readonly windows: WindowState[]
  /** Windows whose bar is still to be put out, or put out again. */
  dueWindows: number
  /** The partition's ids; its own are those of the quotes in retained windows. */
  readonly ids: IdSet
  idCount: number
  dayVolume: SymbolDayVolume | null
}
