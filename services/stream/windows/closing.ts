// When bars are put out, and windows dropped. The symbol's watermark puts a bar out when it reaches the moment that the
// bar is due at (revisions.ts). Silence and the end of a bounded run put out whatever is still to come, before its
// time. A window is dropped when no quote can reach it any more.
// Invariant: a bar for which nothing is due was last put out as its quotes are.

import type { ClosedBy } from '#market/bar'
import type { Outputs } from '#services/stream/outputs'
import { emitBar } from '#services/stream/windows/bars'
import { forgetIds } from '#services/stream/windows/duplicates'
import { outOfReachAt, type Windowing, type WindowSettings, watermarkOf } from '#services/stream/windows/placement'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import { keepDropped } from '#services/stream/windows/volume/day_volume'
import { NEVER, type WindowState } from '#services/stream/windows/window_state'

/** Puts out what is due by the symbol's watermark, and drops what no quote can reach any more. */
export function settleWindows(windowing: Windowing, symbol: SymbolWindows, out: Outputs): void {
  const { settings } = windowing
  const watermark = watermarkOf(settings, symbol)
  if (watermark < symbol.nextDueAt) return
  emitDueBars(symbol, { upTo: watermark, closedBy: 'watermark' }, out)
  dropWindows(windowing, symbol, watermark)
  symbol.nextDueAt = nextDueAt(settings, symbol)
}

/** Puts out whatever is still to come of the symbol, whatever its watermark. */
export function closeWindows(
  settings: WindowSettings,
  symbol: SymbolWindows,
  closedBy: 'idle' | 'drain',
  out: Outputs,
): void {
  if (symbol.dueWindows === 0) return
  emitDueBars(symbol, { upTo: NEVER, closedBy }, out)
  symbol.nextDueAt = nextDueAt(settings, symbol)
}

function emitDueBars(symbol: SymbolWindows, due: { readonly upTo: number; readonly closedBy: ClosedBy }, out: Outputs) {
  for (let index = 0; index < symbol.windows.length; index++) {
    const window = symbol.windows[index] as WindowState
    if (window.dueAt === NEVER || window.dueAt > due.upTo) continue
    window.dueAt = NEVER
    symbol.dueWindows--
    emitBar(symbol, { index, closedBy: due.closedBy }, out)
  }
}

/** Drops the windows that are out of reach. Nothing is due of them any more. */
function dropWindows({ settings, windowPool }: Windowing, symbol: SymbolWindows, watermark: number): void {
  let dropped = 0
  for (const window of symbol.windows) {
    if (watermark < outOfReachAt(settings, window.end)) break
    keepDropped(symbol, dropped)
    forgetIds(symbol, window)
    windowPool.giveBack(window)
    dropped++
  }
  if (dropped > 0) symbol.windows.splice(0, dropped)
}

function nextDueAt(settings: WindowSettings, symbol: SymbolWindows): number {
  const [first] = symbol.windows
  let next = first === undefined ? NEVER : outOfReachAt(settings, first.end)
  for (const { dueAt } of symbol.windows) if (dueAt < next) next = dueAt
  return next
}
