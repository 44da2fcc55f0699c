// What a bar adds up, and what comes out of it: nothing that depends on the order its quotes came in. Open and close
// are by (event time, offset); offsets rise with arrival, so a later equal event time is the later quote.

import type { Quote } from '#market/quote'
import { dayVolumeOf, dayVwapOf } from '#services/stream/windows/day_volume'
import { addExactly, roundedSum } from '#services/stream/windows/exact_sum'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import type { WindowState } from '#services/stream/windows/window_state'

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
  addExactly(window, window.prices, price)
  if (size !== null) addSize(window, price, size)
}

/** The unweighted mean of the prices. */
export function averageOf(window: WindowState): number {
  return within(window, roundedSum(window, window.prices) / window.count)
}

/** Sizes win over day volumes. A sum beyond the range of doubles is unknown. */
export function volumeOf(symbol: SymbolWindows, index: number): number | null {
  const window = symbol.windows[index] as WindowState
  if (!window.hasSizes) return dayVolumeOf(symbol, index)
  const volume = roundedSum(window, window.sizes)
  return Number.isFinite(volume) ? volume : null
}

/** The mean of the prices weighted by volume; null when the volume is unknown or 0. */
export function vwapOf(symbol: SymbolWindows, index: number): number | null {
  const window = symbol.windows[index] as WindowState
  const vwap = window.hasSizes ? sizesVwap(window) : dayVwapOf(symbol, index)
  return vwap === null || !Number.isFinite(vwap) ? null : within(window, vwap)
}

function addSize(window: WindowState, price: number, size: number): void {
  window.hasSizes = true
  addExactly(window, window.values, price * size)
  addExactly(window, window.sizes, size)
}

function sizesVwap(window: WindowState): number {
  return roundedSum(window, window.values) / roundedSum(window, window.sizes)
}

/** A mean lies between low and high; rounding must not say otherwise. */
function within(window: WindowState, mean: number): number {
  return Math.min(window.high, Math.max(window.low, mean))
}
