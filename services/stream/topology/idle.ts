// Closing without a later quote: symbols that fell silent, and all of them at the end of a bounded run. Whatever bars
// they have to put out, they put out. Only symbols that are due are looked at, since they stand first in the order by
// last quote (symbol_order.ts).

import type { Outputs } from '#services/stream/outputs'
import { NONE, type PartitionState } from '#services/stream/state/partition_state'
import { symbolAt } from '#services/stream/state/symbol_order'
import { closeWindows } from '#services/stream/windows/bars'

/** Closes the windows of every symbol whose last quote is IDLE_CLOSE or more before `clock`. */
export function closeIdle(state: PartitionState, clock: number, out: Outputs): void {
  const { idleCloseMs } = state.settings
  while (state.idleFrom !== NONE) {
    const symbol = symbolAt(state, state.idleFrom)
    if (clock - symbol.lastIngest < idleCloseMs) return
    state.idleFrom = symbol.after
    closeWindows(state, symbol, 'idle', out)
  }
}

/**
 * Whether `closeIdle` would close anything. Passes over symbols that have nothing to put out, which changes no result.
 */
export function isIdleDue(state: PartitionState, clock: number): boolean {
  while (state.idleFrom !== NONE) {
    const symbol = symbolAt(state, state.idleFrom)
    if (clock - symbol.lastIngest < state.settings.idleCloseMs) return false
    if (symbol.dueWindows > 0) return true
    state.idleFrom = symbol.after
  }
  return false
}

/** Closes the windows of all symbols. */
export function closeSymbols(state: PartitionState, closedBy: 'drain', out: Outputs): void {
  while (state.idleFrom !== NONE) {
    const symbol = symbolAt(state, state.idleFrom)
    state.idleFrom = symbol.after
    closeWindows(state, symbol, closedBy, out)
  }
}
