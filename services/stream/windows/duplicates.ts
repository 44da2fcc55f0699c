// Duplicates: an id that was already seen in a retained window of its symbol. Without an id nothing is taken for one.
// Ids are forgotten with their windows, and not remembered at all beyond the limits.

import { NO_SYMBOL_NUMBER, type QuoteView } from '#market/decoding/quote_view'
import { ID_CHARS_MAX, SEEN_IDS_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import { NO_ENTRY } from '#services/stream/windows/id_set'
import { type IdPlace, idPlaceOf, idTextAt } from '#services/stream/windows/id_text'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import type { WindowState } from '#services/stream/windows/window_state'

/** Whether the quote's id was seen; the quote has one. */
export function isDuplicate(symbol: SymbolWindows, quote: QuoteView): boolean {
  return symbol.idCount > 0 && symbol.ids.has(symbol.slot, placeOf(quote))
}

/** Remembers the quote's id for as long as the window of the quote is retained. */
export function rememberId(symbol: SymbolWindows, window: WindowState, quote: QuoteView, out: Outputs): void {
  const id = placeOf(quote)
  if (symbol.idCount >= SEEN_IDS_MAX || isTooLong(id)) {
    out.counters.idsNotKept++
    return
  }
  window.lastId = symbol.ids.add(symbol.slot, id, window.lastId)
  symbol.idCount++
}

/** Forgets the ids of a window that is dropped. */
export function forgetIds(symbol: SymbolWindows, window: WindowState): void {
  symbol.idCount -= symbol.ids.forget(window.lastId)
  window.lastId = NO_ENTRY
}

/** The bytes of a quote that was read in place are exact; those of one that was decoded may lack half a character. */
function placeOf(quote: QuoteView): IdPlace {
  return quote.symbolNumber === NO_SYMBOL_NUMBER ? idPlaceOf(quote.id as string) : quote
}

/** No id has more characters than bytes. */
function isTooLong({ idBytes, idStart, idStop }: IdPlace): boolean {
  return idStop - idStart > ID_CHARS_MAX && idTextAt(idBytes, idStart, idStop).length > ID_CHARS_MAX
}
