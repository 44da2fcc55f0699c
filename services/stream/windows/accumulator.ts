// What a bar adds up, and what comes out of it: nothing that depends on the order its quotes came in. Open and close
// are by (event time, offset); offsets rise with arrival, so a later equal event time is the later quote. The market of
// the close tells trade date and session.

import type { EpochMs } from '#runtime/units'
import { addExactly, roundedSum } from '#services/stream/windows/exact_sum'
import type { PlacedQuote } from '#services/stream/windows/placement'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import { countedVolume } from '#services/stream/windows/volume/day_volume'
import type { WindowState } from '#services/stream/windows/window_state'

/**
 * Adds a quote that lies in the window. The day volume is added apart (day_volume.ts), since it concerns more than
 * one.
 */
export function addQuote(window: WindowState, placed: PlacedQuote): void {
  const { quote, offset, calendar } = placed
  const { price, timestamp, size } = quote
  if (timestamp < window.openTime) {
    window.openTime = timestamp
    window.open = price
  }
  if (timestamp >= window.closeTime) {
    window.closeTime = timestamp
    window.close = price
    if (window.calendar !== calendar) window.setMarket(calendar)
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

/**
 * Sizes win over day volumes, unless quotes with a day volume came without a size: then sizes are missing, since trades
 * were merged on their way. A sum beyond the range of doubles is unknown.
 */
export function volumeOf(symbol: SymbolWindows, index: number): number | null {
  const window = symbol.windows[index] as WindowState
  if (!goesBySizes(window)) return countedVolume(symbol, index)?.volume ?? null
  const volume = roundedSum(window, window.sizes)
  return Number.isFinite(volume) ? volume : null
}

/** What the volume is measured from, where it goes by day volumes; null where it does not, or is unknown. */
export function volumeSinceOf(symbol: SymbolWindows, index: number): EpochMs | null {
  const isBySizes = goesBySizes(symbol.windows[index] as WindowState)
  return isBySizes ? null : (countedVolume(symbol, index)?.since ?? null)
}

/** The mean of the prices weighted by volume; null when the volume is unknown or 0. */
export function vwapOf(symbol: SymbolWindows, index: number): number | null {
  const window = symbol.windows[index] as WindowState
  const vwap = goesBySizes(window) ? sizesVwap(window) : (countedVolume(symbol, index)?.vwap ?? null)
  return vwap === null || !Number.isFinite(vwap) ? null : within(window, vwap)
}

/** Whether the window's volume is unknown because its totals are the first ones of the symbol. */
export function isFirstSight(symbol: SymbolWindows, index: number): boolean {
  const window = symbol.windows[index] as WindowState
  return !goesBySizes(window) && (countedVolume(symbol, index)?.isFirstSight ?? false)
}

function goesBySizes({ hasSizes, dayVolume }: WindowState): boolean {
  return hasSizes && !(dayVolume?.hasUnsized ?? false)
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
