// The symbol that a quote belongs to: known, new, or new in the place of one that is forgotten at the limit.
// Invariant: at most SYMBOLS_MAX symbols; who is forgotten is decided by the records alone.

import { SYMBOLS_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { addSymbol, removeSymbol, symbolAt } from '#services/stream/state/symbol_order'
import type { SymbolState } from '#services/stream/state/symbol_state'
import { closeWindows } from '#services/stream/windows/closing'
import { forgetIds } from '#services/stream/windows/duplicates'

/** The symbol's state, made when it is seen for the first time. */
export function symbolOf(state: PartitionState, symbol: string, out: Outputs, symbolsMax = SYMBOLS_MAX): SymbolState {
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
  for (const window of oldest.windows) forgetIds(oldest, window)
  removeSymbol(state, oldest)
  out.counters.symbolsForgotten++
  return oldest.slot
}
