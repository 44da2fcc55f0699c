// Where the live records and the tables meet: what each of the two asks of the other. A table says, by partition, how
// far it has taken in its topic; the live records from there on are held here. So at the seam none is missing and none
// comes twice, whatever the writer does meanwhile.

import type { Calendar } from '#calendar/calendar'
import type { EpochMs, Offset } from '#runtime/units'
import type { AlertPlace } from '#services/web/alert_order'
import type { AlertRow, BarRow, Position, SymbolRow } from '#services/web/api'

/** How far something has come in a topic. */
export interface TopicPosition {
  /** TopicInfo.id: another topic of the same name has other records at the same offsets. */
  readonly topicId: string
  /** The first offset that it has not taken, by partition; a partition beyond the end has nothing taken. */
  readonly next: readonly Offset[]
}

/** A bar as its topic has it: a row, and what decides whether history has a better volume for it. */
export interface TopicBar extends BarRow {
  /** When the total was seen that its volume is measured from; null where that is of sizes, or not known. */
  readonly volumeSince?: EpochMs | null
}

/** The bars of a symbol that a table does not hold yet. */
export interface BarsSince {
  /** By window start, of each the highest revision. They count beside those of the table: the higher revision wins. */
  readonly bars: readonly TopicBar[]
  /**
   * How many records of the topic lie between the position and the first one that is held: 0, unless the table is so
   * far behind that an answer would be short of them.
   */
  readonly missing: number
  /** Where an answer with these bars stands. */
  readonly position: Position
}

/** The platform's own bars, as they come from their topic. */
export interface LiveBars {
  /**
   * The symbol's bars from the position on. Pin the table's version first, then ask with its progress. Null: the table
   * has taken nothing of any topic. A position in another life of the topic counts as null.
   */
  since(symbol: string, taken: TopicPosition | null): BarsSince
  /** The bar that is still open, as far as its quotes were seen here; its revision is -1. Null when there is none. */
  forming(symbol: string): BarRow | null
  /** That of the symbol's market, as well as it is known. */
  calendarOf(symbol: string): Calendar
}

/** What the live part begins with, out of the tables as they are at one moment. */
export interface LiveSeeds {
  /** The newest quote of each symbol, with its line since then. */
  readonly quotes: readonly SeedQuote[]
  /** Alerts by symbol and quarter of an hour, as far as the table has taken them in. */
  readonly alerts: readonly SeedAlerts[]
  /** How far the tables of quotes, bars and alerts were then; null: there is no table, or nothing in it. */
  readonly taken: {
    readonly quotes: TopicPosition | null
    readonly bars: TopicPosition | null
    readonly alerts: TopicPosition | null
  }
}

/** Alerts of a symbol in the quarter of an hour from that time on: no trading day begins within one. */
export interface SeedAlerts {
  readonly symbol: string
  readonly eventTime: EpochMs
  readonly count: number
}

/** Prices by time, rising; some hundred a day at most. */
export type SeedLine = readonly (readonly [time: EpochMs, price: number])[]

/** A symbol's newest quote. */
export interface SeedQuote
  extends Pick<
    SymbolRow,
    'symbol' | 'price' | 'eventTime' | 'previousClose' | 'currency' | 'exchange' | 'marketState' | 'source'
  > {
  readonly line: SeedLine
}

/** Which alerts are asked for: from <= eventTime < to. */
export interface AlertsQuestion {
  /** Null: all symbols. */
  readonly symbol: string | null
  readonly from: EpochMs
  readonly to: EpochMs
  /** Those that come after this one in their order; null: all. */
  readonly after: AlertPlace | null
  readonly limit: number
}

/** Alerts of the past, out of one version of their table. */
export interface TableAlerts {
  /** The newest first, each once; one more than the limit when there are more. */
  readonly alerts: readonly AlertRow[]
  /** How far that version has taken the topic in; null: it has nothing of it. */
  readonly taken: TopicPosition | null
}

/** What the tables are asked for. Throws what the store or the table throws. */
export interface LiveHistory {
  /** `since`: when the trading day of all markets began that have the longest one. */
  seeds(since: EpochMs, signal: AbortSignal): Promise<LiveSeeds>
  /** The lines since then, once more: bars of history may have come. */
  lines(since: EpochMs, signal: AbortSignal): Promise<ReadonlyMap<string, SeedLine>>
  alerts(question: AlertsQuestion, signal: AbortSignal): Promise<TableAlerts>
}
