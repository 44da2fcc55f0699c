// One symbol's state: its place in the order of last quotes, its windows and its alerts. The parts say what they are
// made of; here they stand side by side in one flat object, so that a quote touches no more memory than it must.

import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import type { AlertState } from '#services/stream/alerts/evaluation'
import type { IdSet } from '#services/stream/windows/id_set'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import { LONG_AGO, NEVER } from '#services/stream/windows/window_state'

/** In place of a symbol's slot: there is none. */
export const NO_SLOT = -1

/** One symbol's state. Parts that not every symbol needs are null until it does. */
export interface SymbolState extends SymbolWindows, AlertState {
  /** The decoder's number of it; NO_SYMBOL_NUMBER as long as no quote has shown it. */
  number: number
  /** Neighbours in the order by last quote, as slots. */
  before: number
  after: number
  /** The partition's clock at the symbol's last quote. */
  lastIngest: number
}

/** A symbol that was not seen before; its ids are to stand among the partition's. */
export function createSymbolState(symbol: string, slot: number, ids: IdSet): SymbolState {
  return {
    symbol,
    slot,
    number: NO_SYMBOL_NUMBER,
    before: NO_SLOT,
    after: NO_SLOT,
    lastIngest: 0,
    maxEventTime: LONG_AGO,
    nextDueAt: NEVER,
    firstWindowStart: NEVER,
    windows: [],
    dueWindows: 0,
    ids,
    idCount: 0,
    dayVolume: null,
    exchange: null,
    zone: null,
    zoneDecides: false,
    calendar: null,
    prices: null,
    fired: null,
  }
}
