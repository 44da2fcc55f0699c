// The symbol that a quote belongs to: known, new, or new in the place of one that is forgotten at the limit.
// Invariant: at most SYMBOLS_MAX symbols; who is forgotten is decided by the records alone.

import { NO_SYMBOL_NUMBER, type QuoteView } from '#market/decoding/quote_view'
import { SYMBOLS_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { addSymbol, removeSymbol, symbolAt } from '#services/stream/state/symbol_order'
import { NO_SLOT, type SymbolState } from '#services/stream/state/symbol_state'
import { closeWindows } from '#services/stream/windows/closing'
import { forgetIds } from '#services/stream/windows/duplicates'

/** How a quote names its symbol. */
export type SymbolName = Pick<QuoteView, 'symbol' | 'symbolNumber'>

/** The symbol's state, made when it is seen for the first time. */
export function symbolOf(state: PartitionState, name: SymbolName, out: Outputs, symbolsMax = SYMBOLS_MAX): SymbolState {
  const { symbolNumber } = name
  const slot = state.byNumber.slotOf(symbolNumber)
  if (slot !== NO_SLOT) return symbolAt(state, slot)
  const symbol = symbolOfText(state, name.symbol, out, symbolsMax)
  if (symbolNumber !== NO_SYMBOL_NUMBER) {
    symbol.number = symbolNumber
    state.byNumber.set(symbolNumber, symbol.slot)
  }
  return symbol
}

function symbolOfText(state: PartitionState, symbol: string, out: Outputs, symbolsMax: number): SymbolState {
  const known = state.bySymbol.get(symbol)
  if (known !== undefined) return known
  const slot = state.bySymbol.size < symbolsMax ? state.symbols.length : forgetOldest(state, out)
  return addSymbol(state, symbol, slot)
}

/** Closes and forgets the symbol that was silent for longest. Should it come back, it is new. */
function forgetOldest(state: PartitionState, out: Outputs): number {
  const oldest = symbolAt(state, state.oldest)
  state.image?.keep(oldest)
  closeWindows(state.settings, oldest, 'idle', out)
  for (const window of oldest.windows) {
    forgetIds(oldest, window)
    state.windowPool.giveBack(window)
  }
  removeSymbol(state, oldest)
  out.counters.symbolsForgotten++
  return oldest.slot
}
