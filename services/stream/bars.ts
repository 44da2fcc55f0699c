// Bars out of windows: closed, emitted, revised, dropped.
// Invariant: after a record, the bar last emitted of every closed window is what its quotes come to.

import type { ClosedBy } from '#market/bar'
import type { EpochMs, Offset } from '#runtime/units'
import { addDayVolume, dayVolumeOf, dayVwapOf, keepDropped, type QuoteWithDayVolume } from '#services/stream/day_volume'
import { roundedSum } from '#services/stream/exact_sum'
import type { Outputs, UnstampedBar } from '#services/stream/outputs'
import { NEVER, type PartitionState, type SymbolState, watermarkOf } from '#services/stream/partition_state'
import { addQuote, createWindow, type PlacedQuote, type WindowState } from '#services/stream/window'

/**
 * Puts a quote that is not late into its window, and returns the window. A closed one is emitted again, as are later
 * closed ones whose volume the quote changes.
 */
export function placeQuote(state: PartitionState, symbol: SymbolState, placed: PlacedQuote, out: Outputs): WindowState {
  const index = windowIndex(state, symbol, placed.quote.timestamp)
  const window = symbol.windows[index] as WindowState
  addQuote(window, placed.quote, placed.offset)
  const raised = placed.quote.dayVolume !== null && raiseDayVolume(symbol, window, placed, out)
  if (window.closedBy !== null) emitBar(symbol, index, out)
  if (raised) reviseLaterVolumes(symbol, index, out)
  return window
}

/** Closes what the symbol's watermark has reached and drops what no quote can reach any more. */
export function settleWindows(state: PartitionState, symbol: SymbolState, out: Outputs): void {
  const watermark = watermarkOf(state, symbol)
  if (watermark < symbol.nextDueAt) return
  closeWindows(symbol, { upTo: watermark, closedBy: 'watermark' }, out)
  dropWindows(symbol, watermark - state.settings.allowedLatenessMs)
  symbol.nextDueAt = nextDueAt(symbol, state.settings.allowedLatenessMs)
}

/** Closes all open windows of the symbol, whatever its watermark. */
export function closeOpenWindows(state: PartitionState, symbol: SymbolState, closedBy: ClosedBy, out: Outputs): void {
  if (symbol.openWindows === 0) return
  closeWindows(symbol, { upTo: NEVER, closedBy }, out)
  symbol.nextDueAt = nextDueAt(symbol, state.settings.allowedLatenessMs)
}

function closeWindows(symbol: SymbolState, what: { upTo: number; closedBy: ClosedBy }, out: Outputs): void {
  for (let index = 0; index < symbol.windows.length; index++) {
    const window = symbol.windows[index] as WindowState
    if (window.closedBy !== null || window.end > what.upTo) continue
    window.closedBy = what.closedBy
    symbol.openWindows--
    emitBar(symbol, index, out)
  }
}

/** Drops the windows that end at or before `reach`: a quote in them would be late. */
function dropWindows(symbol: SymbolState, reach: number): void {
  let dropped = 0
  for (const window of symbol.windows) {
    if (window.end > reach) break
    keepDropped(symbol, window)
    if (window.ids !== null) for (const id of window.ids) symbol.ids?.delete(id)
    dropped++
  }
  if (dropped > 0) symbol.windows.splice(0, dropped)
}

function nextDueAt(symbol: SymbolState, allowedLatenessMs: number): number {
  const [first] = symbol.windows
  let due = first === undefined ? NEVER : first.end + allowedLatenessMs
  for (const window of symbol.windows) if (window.closedBy === null && window.end < due) due = window.end
  return due
}

/** Where the window of an event time stands among the retained ones; made when it is not there. */
function windowIndex(state: PartitionState, symbol: SymbolState, eventTime: number): number {
  const { windows } = symbol
  let index = windows.length - 1
  while (index >= 0 && eventTime < (windows[index] as WindowState).start) index--
  if (index >= 0 && eventTime < (windows[index] as WindowState).end) return index
  windows.splice(index + 1, 0, openWindow(state, symbol, eventTime))
  return index + 1
}

/** A window that the watermark has passed already is closed from the start: its first quote is emitted at once. */
function openWindow(state: PartitionState, symbol: SymbolState, eventTime: number): WindowState {
  const { barIntervalMs, allowedLatenessMs } = state.settings
  const start = Math.floor(eventTime / barIntervalMs) * barIntervalMs
  const window = createWindow(start, start + barIntervalMs)
  const passed = watermarkOf(state, symbol) >= window.end
  if (passed) window.closedBy = 'watermark'
  else symbol.openWindows++
  symbol.firstWindowStart = Math.min(symbol.firstWindowStart, start)
  symbol.nextDueAt = Math.min(symbol.nextDueAt, passed ? window.end + allowedLatenessMs : window.end)
  return window
}

function raiseDayVolume(symbol: SymbolState, window: WindowState, placed: PlacedQuote, out: Outputs): boolean {
  const quote = placed.quote as QuoteWithDayVolume
  const change = addDayVolume(symbol, window, { quote, inOrder: placed.inOrder })
  if (change.decreased) out.counters.volumeDecreases++
  return change.raised
}

function reviseLaterVolumes(symbol: SymbolState, index: number, out: Outputs): void {
  for (let later = index + 1; later < symbol.windows.length; later++) {
    const window = symbol.windows[later] as WindowState
    if (window.closedBy === null || volumeOf(symbol, later) === window.emittedVolume) continue
    emitBar(symbol, later, out)
  }
}

/** The first emission settles whether the bar is complete; every further one is a revision. */
function emitBar(symbol: SymbolState, index: number, out: Outputs): void {
  const window = symbol.windows[index] as WindowState
  window.revision++
  if (window.revision === 0) {
    window.complete = window.start > symbol.firstWindowStart
    out.counters.bars++
  } else {
    out.counters.revisions++
  }
  const bar = barOf(symbol, index)
  window.emittedVolume = bar.volume
  out.bars.push(bar)
}

function barOf(symbol: SymbolState, index: number): UnstampedBar {
  const window = symbol.windows[index] as WindowState
  return {
    symbol: symbol.symbol,
    windowStart: window.start as EpochMs,
    windowEnd: window.end as EpochMs,
    open: window.open,
    high: window.high,
    low: window.low,
    close: window.close,
    average: within(window, roundedSum(window.prices) / window.count),
    vwap: vwapOf(symbol, index),
    volume: volumeOf(symbol, index),
    count: window.count,
    revision: window.revision,
    closedBy: window.closedBy as ClosedBy,
    complete: window.complete,
    firstOffset: window.firstOffset as Offset,
    lastOffset: window.lastOffset as Offset,
  }
}

/** Sizes win over day volumes. A sum beyond the range of doubles is unknown. */
function volumeOf(symbol: SymbolState, index: number): number | null {
  const { sized } = symbol.windows[index] as WindowState
  if (sized === null) return dayVolumeOf(symbol, index)
  const volume = roundedSum(sized.size)
  return Number.isFinite(volume) ? volume : null
}

function vwapOf(symbol: SymbolState, index: number): number | null {
  const window = symbol.windows[index] as WindowState
  const { sized } = window
  const vwap = sized === null ? dayVwapOf(symbol, index) : roundedSum(sized.value) / roundedSum(sized.size)
  return vwap === null || !Number.isFinite(vwap) ? null : within(window, vwap)
}

/** A mean lies between low and high; rounding must not say otherwise. */
function within(window: WindowState, mean: number): number {
  return Math.min(window.high, Math.max(window.low, mean))
}
