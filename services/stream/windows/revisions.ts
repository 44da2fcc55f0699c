// A quote changes a bar. One that was not put out yet is due when the symbol's watermark reaches its window's end. One
// that was put out is due again: at the window's end if the watermark has not reached that, since the window is open
// again; otherwise when the watermark has gone on by REVISION_DELAY_MS, or when the window is dropped, whichever comes
// first. So however many quotes come late, the watermark puts a bar out once in that much event time. The first quote
// of a window that the watermark has passed counts as late, too.

import type { Outputs } from '#services/stream/outputs'
import { addQuote, volumeOf } from '#services/stream/windows/accumulator'
import { addDayVolume, type QuoteWithDayVolume } from '#services/stream/windows/day_volume'
import {
  dueAtOf,
  type PlacedQuote,
  type Windowing,
  type WindowSettings,
  windowIndex,
} from '#services/stream/windows/placement'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
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
  addQuote(window, placed.quote, placed.offset)
  const raised = placed.quote.dayVolume !== null && raiseDayVolume(symbol, window, placed, out)
  if (window.dueAt === NEVER) makeDue(settings, symbol, window)
  if (raised) makeLaterVolumesDue(settings, symbol, index)
  return window
}

/** A bar is to be put out: for the first time, or since it is not any more what it was when it was put out. */
function makeDue(settings: WindowSettings, symbol: SymbolWindows, window: WindowState): void {
  window.dueAt = dueAtOf(settings, symbol, window.end)
  symbol.dueWindows++
  if (window.dueAt < symbol.nextDueAt) symbol.nextDueAt = window.dueAt
}

function raiseDayVolume(symbol: SymbolWindows, window: WindowState, placed: PlacedQuote, out: Outputs): boolean {
  const quote = placed.quote as QuoteWithDayVolume
  const change = addDayVolume(symbol, window, { quote, inOrder: placed.inOrder })
  if (change.decreased) out.counters.volumeDecreases++
  return change.raised
}

function makeLaterVolumesDue(settings: WindowSettings, symbol: SymbolWindows, index: number): void {
  for (let later = index + 1; later < symbol.windows.length; later++) {
    const window = symbol.windows[later] as WindowState
    if (window.dueAt === NEVER && volumeOf(symbol, later) !== window.emittedVolume) makeDue(settings, symbol, window)
  }
}
