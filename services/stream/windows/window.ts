// A window's state, and what a symbol keeps of its windows. What a bar adds up is in accumulator.ts; where windows lie
// in time, in placement.ts.

import type { SymbolDayVolume, WindowDayVolume } from '#services/stream/windows/day_volume'
import { type ExactSum, emptySum } from '#services/stream/windows/exact_sum'
import { type IdSet, NO_ENTRY } from '#services/stream/windows/id_set'

/** Later than any watermark. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** Earlier than any event time. */
export const LONG_AGO = -Number.MAX_SAFE_INTEGER

/** The quotes of one symbol in [start, end). */
export interface WindowState {
  readonly start: number
  readonly end: number
  open: number
  openTime: number
  close: number
  closeTime: number
  high: number
  low: number
  count: number
  readonly prices: ExactSum
  /** Sums over the quotes that have a size; null when none has. */
  sized: { readonly value: ExactSum; readonly size: ExactSum } | null
  dayVolume: WindowDayVolume | null
  firstOffset: number
  lastOffset: number
  /** The end of the chain of its quotes' ids, to be forgotten with it; NO_ENTRY when there are none. */
  lastId: number
  /** The watermark at which its bar is put out, or put out again; NEVER while nothing has changed since. */
  dueAt: number
  /** Set when the bar is first emitted. */
  complete: boolean
  /** Of the last emission; -1 before the first. */
  revision: number
  /** The volume last emitted: when it changes through another window's quote, the bar is emitted again. */
  emittedVolume: number | null
}

/** What a symbol keeps of its windows. */
export interface SymbolWindows {
  readonly symbol: string
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

/** A window without quotes. */
export function createWindow(start: number, end: number): WindowState {
  return {
    start,
    end,
    open: 0,
    openTime: NEVER,
    close: 0,
    closeTime: LONG_AGO,
    high: 0,
    low: Number.MAX_VALUE,
    count: 0,
    prices: emptySum(),
    sized: null,
    dayVolume: null,
    firstOffset: NEVER,
    lastOffset: 0,
    lastId: NO_ENTRY,
    dueAt: NEVER,
    complete: false,
    revision: -1,
    emittedVolume: null,
  }
}
