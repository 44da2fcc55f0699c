// Bars out of windows: put out when they are due, dropped when no quote can reach them any more.
// A bar is due when the symbol's watermark reaches its window's end. Silence and the end of a bounded run put out
// whatever is still to come, before its time. A quote that changes a bar which was put out makes it due again: at the
// window's end if the watermark has not reached that, since the window is open again; otherwise when the watermark has
// gone on by REVISION_DELAY_MS, or when the window is dropped, whichever comes first. So however many quotes come late,
// the watermark puts a bar out once in that much event time. The first quote of a window that the watermark has passed
// counts as late, too. Invariant: a bar for which nothing is due was last put out as its quotes are.

import type { ClosedBy } from '#market/bar'
import type { EpochMs, Offset } from '#runtime/units'
import type { Outputs, UnstampedBar } from '#services/stream/outputs'
import { NEVER, type PartitionState, type SymbolState, watermarkOf } from '#services/stream/state/partition_state'
import { addQuote, createWindow, type PlacedQuote, type WindowState } from '#services/stream/windows/accumulator'
import {
  addDayVolume,
  dayVolumeOf,
  dayVwapOf,
  keepDropped,
  type QuoteWithDayVolume,
} from '#services/stream/windows/day_volume'
import { roundedSum } from '#services/stream/windows/exact_sum'

/**
 * Puts a quote that is not late into its window, and returns the window. Its bar is due then, as are later ones whose
 * volume the quote changes.
 */
export function placeQuote(state: PartitionState, symbol: SymbolState, placed: PlacedQuote, out: Outputs): WindowState {
  const index = windowIndex(state, symbol, placed.quote.timestamp)
  const window = symbol.windows[index] as WindowState
  addQuote(window, placed.quote, placed.offset)
  const raised = placed.quote.dayVolume !== null && raiseDayVolume(symbol, window, placed, out)
  if (window.dueAt === NEVER) makeDue(state, symbol, window)
  if (raised) makeLaterVolumesDue(state, symbol, index)
  return window
}

/** Puts out what is due by the symbol's watermark, and drops what no quote can reach any more. */
export function settleWindows(state: PartitionState, symbol: SymbolState, out: Outputs): void {
  const watermark = watermarkOf(state, symbol)
  if (watermark < symbol.nextDueAt) return
  emitDueBars(symbol, { upTo: watermark, closedBy: 'watermark' }, out)
  dropWindows(symbol, watermark - state.settings.allowedLatenessMs)
  symbol.nextDueAt = nextDueAt(symbol, state.settings.allowedLatenessMs)
}

/** Puts out whatever is still to come of the symbol, whatever its watermark. */
export function closeWindows(
  state: PartitionState,
  symbol: SymbolState,
  closedBy: 'idle' | 'drain',
  out: Outputs,
): void {
  if (symbol.dueWindows === 0) return
  emitDueBars(symbol, { upTo: NEVER, closedBy }, out)
  symbol.nextDueAt = nextDueAt(symbol, state.settings.allowedLatenessMs)
}

function emitDueBars(symbol: SymbolState, due: { readonly upTo: number; readonly closedBy: ClosedBy }, out: Outputs) {
  for (let index = 0; index < symbol.windows.length; index++) {
    const window = symbol.windows[index] as WindowState
    if (window.dueAt === NEVER || window.dueAt > due.upTo) continue
    window.dueAt = NEVER
    symbol.dueWindows--
    emitBar(symbol, { index, closedBy: due.closedBy }, out)
  }
}

/** Drops the windows that end at or before `reach`: a quote in them would be late. Nothing is due of them any more. */
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
  let next = first === undefined ? NEVER : first.end + allowedLatenessMs
  for (const { dueAt } of symbol.windows) if (dueAt < next) next = dueAt
  return next
}

/** Where the window of an event time stands among the retained ones; made when it is not there. */
function windowIndex(state: PartitionState, symbol: SymbolState, eventTime: number): number {
  const { windows } = symbol
  let index = windows.length - 1
  while (index >= 0 && eventTime < (windows[index] as WindowState).start) index--
  if (index >= 0 && eventTime < (windows[index] as WindowState).end) return index
  const { barIntervalMs } = state.settings
  const start = Math.floor(eventTime / barIntervalMs) * barIntervalMs
  windows.splice(index + 1, 0, createWindow(start, start + barIntervalMs))
  symbol.firstWindowStart = Math.min(symbol.firstWindowStart, start)
  return index + 1
}

/** A bar is to be put out: for the first time, or since it is not any more what it was when it was put out. */
function makeDue(state: PartitionState, symbol: SymbolState, window: WindowState): void {
  const { revisionDelayMs, allowedLatenessMs } = state.settings
  const watermark = watermarkOf(state, symbol)
  const isOpen = watermark < window.end
  window.dueAt = isOpen ? window.end : Math.min(watermark + revisionDelayMs, window.end + allowedLatenessMs)
  symbol.dueWindows++
  if (window.dueAt < symbol.nextDueAt) symbol.nextDueAt = window.dueAt
}

function raiseDayVolume(symbol: SymbolState, window: WindowState, placed: PlacedQuote, out: Outputs): boolean {
  const quote = placed.quote as QuoteWithDayVolume
  const change = addDayVolume(symbol, window, { quote, inOrder: placed.inOrder })
  if (change.decreased) out.counters.volumeDecreases++
  return change.raised
}

function makeLaterVolumesDue(state: PartitionState, symbol: SymbolState, index: number): void {
  for (let later = index + 1; later < symbol.windows.length; later++) {
    const window = symbol.windows[later] as WindowState
    if (window.dueAt === NEVER && volumeOf(symbol, later) !== window.emittedVolume) makeDue(state, symbol, window)
  }
}

/** The first emission settles whether the bar is complete; every further one is a revision. */
function emitBar(symbol: SymbolState, what: { readonly index: number; readonly closedBy: ClosedBy }, out: Outputs) {
  const window = symbol.windows[what.index] as WindowState
  window.revision++
  if (window.revision === 0) {
    window.complete = window.start > symbol.firstWindowStart
    out.counters.bars++
  } else {
    out.counters.revisions++
  }
  const bar = barOf(symbol, what.index, what.closedBy)
  window.emittedVolume = bar.volume
  out.bars.push(bar)
}

function barOf(symbol: SymbolState, index: number, closedBy: ClosedBy): UnstampedBar {
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
    closedBy,
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
