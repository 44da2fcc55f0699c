// All that the stream remembers of one partition: plain data, no closures, so that it can be stored. Only the settings
// are not remembered but told anew, and an image under way is no part of it. Invariant: it is a pure function of the
// partition's records in order and of its forced closings. What it holds of a symbol: symbol_state.ts. The order of
// symbols by last quote: symbol_order.ts.

import { type RuleSet, ruleSetOf } from '#services/stream/alerts/rules'
import type { TopologySettings } from '#services/stream/config'
import { NumberedSlots } from '#services/stream/state/numbered_slots'
import { NO_SLOT, type SymbolState } from '#services/stream/state/symbol_state'
import { IdSet } from '#services/stream/windows/id_set'
import { WindowPool } from '#services/stream/windows/window_pool'

/** An image of the state that is being made while the state changes (snapshot/sliced_image.ts). */
export interface ImageUnderWay {
  /** To be called before the symbol is changed or forgotten: the image needs it as it was. */
  keep(symbol: SymbolState): void
  /** What to wait for before so many records are taken at once; null when they need not wait. */
  readyFor(records: number): Promise<void> | null
}

/** One partition's state. */
export interface PartitionState {
  readonly settings: TopologySettings
  readonly partition: number
  readonly ruleSet: RuleSet
  /** The highest ingest time of the valid quotes read: the clock that idle symbols are closed by. */
  clock: number
  /** By slot; a slot is given to another symbol only when its own was forgotten. */
  readonly symbols: SymbolState[]
  readonly bySymbol: Map<string, SymbolState>
  /** Ids of the quotes in all symbols' retained windows. */
  readonly ids: IdSet
  /** The same symbols by their numbers, as far as these are known; not remembered, since they are the decoder's. */
  readonly byNumber: NumberedSlots
  /** Where the symbols' windows come from, and go when they are dropped. */
  readonly windowPool: WindowPool
  /** Ends of the order by last quote, as slots. */
  oldest: number
  newest: number
  /** The first symbol in that order that may have bars to put out; all before it have none. */
  idleFrom: number
  /** Highest offset seen of each origin partition of re-keyed copies. */
  readonly origins: Map<number, number>
  /** Null most of the time. */
  image: ImageUnderWay | null
}

/** The state of a partition of which nothing was read. */
export function createPartitionState(partition: number, settings: TopologySettings): PartitionState {
  return {
    settings,
    partition,
    ruleSet: ruleSetOf(settings.rules),
    clock: 0,
    symbols: [],
    bySymbol: new Map(),
    ids: new IdSet(),
    byNumber: new NumberedSlots(),
    windowPool: new WindowPool(),
    oldest: NO_SLOT,
    newest: NO_SLOT,
    idleFrom: NO_SLOT,
    origins: new Map(),
    image: null,
  }
}
