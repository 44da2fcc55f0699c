// The partition's symbols in the order of their last quotes, as a linked list of slots: finding who fell silent costs
// nothing for those who did not.
// Invariant: lastIngest never falls along the list; no symbol before `idleFrom` has a bar to put out.

import type { PartitionState } from '#services/stream/state/partition_state'
import { createSymbolState, NO_SLOT, type SymbolState } from '#services/stream/state/symbol_state'

/** Takes in a symbol that was never seen, as the newest, in a slot of its own. */
export function addSymbol(state: PartitionState, symbol: string, slot: number): SymbolState {
  const added = createSymbolState(symbol, slot, state.ids)
  added.lastIngest = state.clock
  state.symbols[slot] = added
  state.bySymbol.set(symbol, added)
  append(state, added)
  return added
}

/** Forgets a symbol; its slot may be used again. */
export function removeSymbol(state: PartitionState, symbol: SymbolState): void {
  unlink(state, symbol)
  state.bySymbol.delete(symbol.symbol)
  state.byNumber.set(symbol.number, NO_SLOT)
}

/** The symbol was quoted just now, by the partition's clock. */
export function touch(state: PartitionState, symbol: SymbolState): void {
  symbol.lastIngest = state.clock
  if (state.newest !== symbol.slot) {
    unlink(state, symbol)
    append(state, symbol)
  } else if (state.idleFrom === NO_SLOT) {
    state.idleFrom = symbol.slot
  }
}

/** The symbol in a slot that the order names. */
export function symbolAt(state: PartitionState, slot: number): SymbolState {
  return state.symbols[slot] as SymbolState
}

function unlink(state: PartitionState, symbol: SymbolState): void {
  const { before, after } = symbol
  if (state.idleFrom === symbol.slot) state.idleFrom = after
  if (before === NO_SLOT) state.oldest = after
  else symbolAt(state, before).after = after
  if (after === NO_SLOT) state.newest = before
  else symbolAt(state, after).before = before
}

function append(state: PartitionState, symbol: SymbolState): void {
  symbol.before = state.newest
  symbol.after = NO_SLOT
  if (state.newest === NO_SLOT) state.oldest = symbol.slot
  else symbolAt(state, state.newest).after = symbol.slot
  state.newest = symbol.slot
  if (state.idleFrom === NO_SLOT) state.idleFrom = symbol.slot
}
