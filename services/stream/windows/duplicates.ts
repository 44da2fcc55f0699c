// Duplicates: an id that was already seen in a retained window of its symbol. Without an id nothing is taken for one.
// Ids are forgotten with their windows, and not remembered at all beyond the limits.

import { ID_CHARS_MAX, SEEN_IDS_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import type { SymbolWindows, WindowState } from '#services/stream/windows/window'

/** Whether the id was seen. */
export function isDuplicate(symbol: SymbolWindows, id: string): boolean {
  return symbol.ids?.has(id) ?? false
}

/** Remembers the id for as long as the window of its quote is retained. */
export function rememberId(symbol: SymbolWindows, window: WindowState, id: string, out: Outputs): void {
  if (id.length > ID_CHARS_MAX || (symbol.ids !== null && symbol.ids.size >= SEEN_IDS_MAX)) {
    out.counters.idsNotKept++
    return
  }
  symbol.ids ??= new Set()
  symbol.ids.add(id)
  window.ids ??= []
  window.ids.push(id)
}

/** Forgets the ids of a window that is dropped. */
export function forgetIds(symbol: SymbolWindows, window: WindowState): void {
  if (window.ids !== null) for (const id of window.ids) symbol.ids?.delete(id)
}
