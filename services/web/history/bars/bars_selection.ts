// Which bars a statement is to give.

import type { Condition } from '#lake-sql/lake_source'
import type { HistoryGrain } from '#market/history/history_bar'
import type { TradeDate } from '#market/session'
import type { TimeRange } from '#services/web/history/bars/grain'
import { historyTimeIn, symbolIs, timeIn } from '#services/web/history/conditions'
import type { TopicBar } from '#services/web/live/seam'

/** Those of the symbol whose windows start in the range, rolled up to that length. */
export interface BarsSelection {
  readonly table: string
  /** Whether the table has the columns `trade_date` and `session`: one of an older version has not. */
  readonly hasSessions: boolean
  /** The same of `volume_since`. */
  readonly hasVolumeSince: boolean
  readonly barIntervalMs: number
  readonly symbol: string
  /** Of whole windows of `grainMs`; of bars of days it has all of `dates`. */
  readonly range: TimeRange
  readonly grainMs: number
  /** Bars that the table may not have yet. */
  readonly live: readonly TopicBar[]
  /** The bars of history to take in, from the finest. */
  readonly history: readonly HistoryGrain[]
  /** Only those of regular hours, and those of which it is not known. */
  readonly isRegularOnly: boolean
}

/** Trade dates: first <= date < end. */
export interface Dates {
  readonly first: TradeDate
  readonly end: TradeDate
}

/** The windows of that length that start in the range, whole. */
export function wholeWindows({ from, to }: TimeRange, ms: number): TimeRange {
  return { from: Math.ceil(from / ms) * ms, to: Math.ceil(to / ms) * ms }
}

/** What the rows of our own bars must meet: for leaving out files. */
export function barConditions({ symbol, range }: Pick<BarsSelection, 'symbol' | 'range'>): readonly Condition[] {
  return [symbolIs(symbol), ...timeIn('window_start', range)]
}

/** The same of history. */
export function historyConditions({ symbol, range }: Pick<BarsSelection, 'symbol' | 'range'>): readonly Condition[] {
  return [symbolIs(symbol), ...historyTimeIn('window_start', range)]
}
