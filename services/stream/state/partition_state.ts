// All that the stream remembers of one partition: plain data, no closures, so that it can be stored. Only the settings
// are not remembered but told anew. Invariant: it is a pure function of the partition's records in order and of the
// decisions that records do not show. Windows: accumulator.ts. The order of symbols by last quote: symbol_order.ts.

import type { FiredState } from '#services/stream/alerts/evaluation'
import type { PriceHistory } from '#services/stream/alerts/price_history'
import type { TopologySettings } from '#services/stream/config'
import type { WindowState } from '#services/stream/windows/accumulator'
import type { SymbolDayVolume } from '#services/stream/windows/day_volume'

/** In place of a symbol's slot: there is none. */
export const NONE = -1

/** Later than any watermark. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** Earlier than any event time. */
export const LONG_AGO = -Number.MAX_SAFE_INTEGER

/** One partition's state. */
export interface PartitionState {
  readonly settings: TopologySettings
  readonly partition: number
  /** How far back the longest rule looks; 0 when none does. */
  readonly lookBackMs: number
  /** The highest ingest time of the valid quotes read: the clock that idle symbols are closed by. */
  clock: number
  /** By slot; a slot is given to another symbol only when its own was forgotten. */
  readonly symbols: SymbolState[]
  readonly bySymbol: Map<string, SymbolState>
  /** Ends of the order by last quote, as slots. */
  oldest: number
  newest: number
  /** The first symbol in that order that may have bars to put out; all before it have none. */
  idleFrom: number
  /** Highest offset seen of each origin partition of re-keyed copies. */
  readonly origins: Map<number, number>
}

/** One symbol's state. Parts that not every symbol needs are null until it does. */
export interface SymbolState {
  readonly symbol: string
  readonly slot: number
  /** Neighbours in the order by last quote, as slots. */
  before: number
  after: number
  /** The partition's clock at the symbol's last quote. */
  lastIngest: number
  /** The watermark is this minus the delay. */
  maxEventTime: number
  /** The watermark at which the next bar is due, or the next window is dropped. */
  nextDueAt: number
  /** Start of the earliest window ever seen; its bar is not complete. */
  firstWindowStart: number
  /** Retained windows by start, the latest last. */
  readonly windows: WindowState[]
  /** Windows whose bar is still to be put out, or put out again. */
  dueWindows: number
  /** Ids of the quotes in retained windows. */
  ids: Set<string> | null
  dayVolume: SymbolDayVolume | null
  prices: PriceHistory | null
  /** By rule and direction (evaluation.ts). */
  fired: (FiredState | null)[] | null
}

/** The state of a partition of which nothing was read. */
export function createPartitionState(partition: number, settings: TopologySettings): PartitionState {
  return {
    settings,
    partition,
    lookBackMs: Math.max(0, ...settings.rules.map((rule) => rule.withinMs ?? 0)),
    clock: 0,
    symbols: [],
    bySymbol: new Map(),
    oldest: NONE,
    newest: NONE,
    idleFrom: NONE,
    origins: new Map(),
  }
}

/** A symbol that was not seen before. */
export function createSymbolState(symbol: string, slot: number): SymbolState {
  return {
    symbol,
    slot,
    before: NONE,
    after: NONE,
    lastIngest: 0,
    maxEventTime: LONG_AGO,
    nextDueAt: NEVER,
    firstWindowStart: NEVER,
    windows: [],
    dueWindows: 0,
    ids: null,
    dayVolume: null,
    prices: null,
    fired: null,
  }
}

/** The event time up to which the symbol is taken as complete. It never goes back. */
export function watermarkOf(state: PartitionState, symbol: SymbolState): number {
  return symbol.maxEventTime - state.settings.watermarkDelayMs
}
