// A window's accumulator: what a bar needs of its quotes, and nothing that depends on the order they came in. Open
// and close are by (event time, offset); offsets rise with arrival, so a later equal event time is the later quote.

import type { Quote } from '#market/quote'
import { LONG_AGO, NEVER } from '#services/stream/state/partition_state'
import type { WindowDayVolume } from '#services/stream/windows/day_volume'
import { addExactly, type ExactSum, emptySum } from '#services/stream/windows/exact_sum'

/** A quote that is in time, with what its record says of it. */
export interface PlacedQuote {
  readonly quote: Quote
  readonly offset: number
  readonly ingestTime: number
  /** Whether the replay source sent it (replay_header.ts). */
  readonly replayed: boolean
  /** No newer event time of its symbol was seen before. */
  readonly inOrder: boolean
}

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
  /** Ids of its quotes, to be forgotten with it. */
  ids: string[] | null
  /** The watermark at which its bar is put out, or put out again; NEVER while nothing has changed since (bars.ts). */
  dueAt: number
  /** Set when the bar is first emitted. */
  complete: boolean
  /** Of the last emission; -1 before the first. */
  revision: number
  /** The volume last emitted: when it changes through another window's quote, the bar is emitted again. */
  emittedVolume: number | null
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
    ids: null,
    dueAt: NEVER,
    complete: false,
    revision: -1,
    emittedVolume: null,
  }
}

/**
 * Adds a quote that lies in the window. The day volume is added apart (day_volume.ts), since it concerns more than
 * one.
 */
export function addQuote(window: WindowState, quote: Quote, offset: number): void {
  const { price, timestamp, size } = quote
  if (timestamp < window.openTime) {
    window.openTime = timestamp
    window.open = price
  }
  if (timestamp >= window.closeTime) {
    window.closeTime = timestamp
    window.close = price
  }
  if (price > window.high) window.high = price
  if (price < window.low) window.low = price
  if (offset < window.firstOffset) window.firstOffset = offset
  if (offset > window.lastOffset) window.lastOffset = offset
  window.count++
  addExactly(window.prices, price)
  if (size !== null) addSize(window, price, size)
}

function addSize(window: WindowState, price: number, size: number): void {
  window.sized ??= { value: emptySum(), size: emptySum() }
  addExactly(window.sized.value, price * size)
  addExactly(window.sized.size, size)
}
