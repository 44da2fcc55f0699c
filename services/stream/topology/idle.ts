// Closing without a later quote: symbols that fell silent, and all of them at the end of a bounded run. Whatever bars
// they have to put out, they put out. Only symbols that are due are looked at, since they stand first in the order by
// last quote (symbol_order.ts).

import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { symbolAt } from '#services/stream/state/symbol_order'
import { NO_SLOT } from '#services/stream/state/symbol_state'
import { closeWindows } from '#services/stream/windows/closing'

/** Closes the windows of every symbol whose last quote is IDLE_CLOSE or more before `clock`. */
export function closeIdle(state: PartitionState, clock: number, out: Outputs): void {
  const { idleCloseMs } = state.settings
  while (state.idleFrom !== NO_SLOT) {
    const symbol = symbolAt(state, state.idleFrom)
    if (clock - symbol.lastIngest < idleCloseMs) return
    state.idleFrom = symbol.after
    state.image?.keep(symbol)
    closeWindows(state.settings, symbol, 'idle', out)
  }
}

/**
 * Whether `closeIdle` would close anything. Passes over symbols that have nothing to put out, which changes no result.
 */
export function isIdleDue(state: PartitionState, clock: number): boolean {
  while (state.idleFrom !== NO_SLOT) {
    const symbol = symbolAt(state, state.idleFrom)
    if (clock - symbol.lastIngest < state.settings.idleCloseMs) return false
    if (symbol.dueWindows > 0) return true
    state.idleFrom = symbol.after
  }
  return false
}

/** Closes the windows of all symbols. */
export function closeSymbols(state: PartitionState, closedBy: 'drain', out: Outputs): void {
  while (state.idleFrom !== NO_SLOT) {
    const symbol = symbolAt(state, state.idleFrom)
    state.idleFrom = symbol.after
    state.image?.keep(symbol)
    closeWindows(state.settings, symbol, closedBy, out)
  }
}
