// A quote changes a bar. One that was not put out yet is due when the symbol's watermark reaches its window's end. One
// that was put out is due again: at the window's end if the watermark has not reached that, since the window is open
// again; otherwise when the watermark has gone on by REVISION_DELAY_MS, or when the window is dropped, whichever comes
// first. So however many quotes come late, the watermark puts a bar out once in that much event time. The first quote
// of a window that the watermark has passed counts as late, too.

import type { Outputs } from '#services/stream/outputs'
import { addQuote, volumeOf, volumeSinceOf, vwapOf } from '#services/stream/windows/accumulator'
import {
  dueAtOf,
  type PlacedQuote,
  type Windowing,
  type WindowSettings,
  windowIndex,
} from '#services/stream/windows/placement'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import { addDayVolume, type PlacedDayVolume, recountFrom } from '#services/stream/windows/volume/day_volume'
import { NEVER, type WindowState } from '#services/stream/windows/window_state'

/**
 * Puts a quote that is not late into its window, and returns the window. Its bar is due then, as are later ones whose
 * volume the quote changes.
 */
export function placeQuote(
  windowing: Windowing,
  symbol: SymbolWindows,
  placed: PlacedQuote,
  out: Outputs,
): WindowState {
  const { settings } = windowing
  const index = windowIndex(windowing, symbol, placed.quote.timestamp)
  const window = symbol.windows[index] as WindowState
  addQuote(window, placed)
  const hasTotal = placed.quote.dayVolume !== null && placed.calendar.totals === 'trading_day'
  if (hasTotal && addDayVolume(symbol, index, placed as PlacedDayVolume)) out.counters.volumeDecreases++
  if (window.dueAt === NEVER) makeDue(settings, symbol, window)
  if (hasTotal) makeLaterVolumesDue(settings, symbol, index)
  return window
}

/** A bar is to be put out: for the first time, or since it is not any more what it was when it was put out. */
function makeDue(settings: WindowSettings, symbol: SymbolWindows, window: WindowState): void {
  window.dueAt = dueAtOf(settings, symbol, window.end)
  symbol.dueWindows++
  if (window.dueAt < symbol.nextDueAt) symbol.nextDueAt = window.dueAt
}

function makeLaterVolumesDue(settings: WindowSettings, symbol: SymbolWindows, index: number): void {
  const end = recountFrom(symbol, index)
  for (let later = index + 1; later < end; later++) {
    const window = symbol.windows[later] as WindowState
    if (window.dueAt === NEVER && hasOtherVolume(symbol, later)) makeDue(settings, symbol, window)
  }
}

/** Whether an earlier total has changed the bar since it was put out. */
function hasOtherVolume(symbol: SymbolWindows, index: number): boolean {
  const { emittedVolume, emittedVwap, emittedSince } = symbol.windows[index] as WindowState
  return (
    volumeOf(symbol, index) !== emittedVolume ||
    vwapOf(symbol, index) !== emittedVwap ||
    volumeSinceOf(symbol, index) !== emittedSince
  )
}
