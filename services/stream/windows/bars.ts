// A bar out of a window, as it is put out: for the first time, or as a revision. When that is due: closing.ts,
// revisions.ts.

import type { ClosedBy } from '#market/bar'
import { tradeDateText } from '#market/session'
import type { EpochMs, Offset } from '#runtime/units'
import type { Outputs, UnstampedBar } from '#services/stream/outputs'
import { averageOf, isFirstSight, volumeOf, volumeSinceOf, vwapOf } from '#services/stream/windows/accumulator'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import type { WindowState } from '#services/stream/windows/window_state'

/** Which of a symbol's windows, and why now. */
export interface Emission {
  readonly index: number
  readonly closedBy: ClosedBy
}

/** Puts a bar out. The first emission settles whether it is complete; every further one is a revision. */
export function emitBar(symbol: SymbolWindows, { index, closedBy }: Emission, out: Outputs): void {
  const window = symbol.windows[index] as WindowState
  window.revision++
  if (window.revision === 0) {
    window.complete = window.start > symbol.firstWindowStart && !isFirstSight(symbol, index)
    out.counters.bars++
  } else {
    out.counters.revisions++
  }
  const bar = barOf(symbol, index, closedBy)
  window.emittedVolume = bar.volume
  window.emittedVwap = bar.vwap
  window.emittedSince = bar.volumeSince
  out.bars.push(bar)
}

function barOf(symbol: SymbolWindows, index: number, closedBy: ClosedBy): UnstampedBar {
  const window = symbol.windows[index] as WindowState
  return {
    symbol: symbol.symbol,
    windowStart: window.start as EpochMs,
    windowEnd: window.end as EpochMs,
    tradeDate: tradeDateText(window.tradeDate),
    session: window.session,
    open: window.open,
    high: window.high,
    low: window.low,
    close: window.close,
    average: averageOf(window),
    vwap: vwapOf(symbol, index),
    volume: volumeOf(symbol, index),
    volumeSince: volumeSinceOf(symbol, index),
    count: window.count,
    revision: window.revision,
    closedBy,
    complete: window.complete,
    firstOffset: window.firstOffset as Offset,
    lastOffset: window.lastOffset as Offset,
  }
}
