// What a market's calendar answers. The markets themselves: calendars.ts. Pure: instants in, facts out.

import type { Session, TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'

/** A stretch of time in which a market does one thing: [start, end). */
export interface MarketSpan {
  readonly start: EpochMs
  readonly end: EpochMs
  readonly session: Session
  /** The date that trades in it belong to. While nothing trades it stays that of the session before. */
  readonly tradeDate: TradeDate
}

/** The sessions of one market. */
export interface Calendar {
  /** A MIC such as XNYS; a kind of market: 24/7, FX, CME; or a zone whose civil days are its trading days. */
  readonly name: string
  /** IANA name of the market's time zone. */
  readonly zone: string
  /**
   * What a total that the market's quotes carry (`dayVolume`) counts: the units of the trading day so far, or those of
   * the last 24 hours. The volume of a window cannot be told from the latter.
   */
  readonly totals: 'trading_day' | 'rolling'
  /** Whether the market's hours are known; false where only its zone is: then all of a civil day is `regular`. */
  readonly hasHours: boolean
  /**
   * What the market does at an instant. Never throws. The same object for the instants of one span, as long as it is
   * remembered. On the hot path: an instant of the span that was last asked for takes two comparisons.
   */
  spanAt(instant: number): MarketSpan
  /** The spans that belong to a trade date, `none` left out, by time; empty when nothing trades on that date. */
  spansOf(date: TradeDate): readonly MarketSpan[]
  /** Whether that date's sessions are only what the rules give: the exchange has not published them yet. */
  isProvisional(date: TradeDate): boolean
}

/** What tells which market a quote comes from; null: not said. */
export interface MarketFacts {
  readonly symbol: string
  /** A MIC, or Yahoo's own code such as NMS. */
  readonly exchange: string | null
  /** IANA name of the exchange's zone. */
  readonly zone: string | null
}

/** All calendars that a process knows, with those of its settings. */
export interface Calendars {
  /**
   * By name, in a fixed order. Calendars of a zone's civil days are made when they are asked for, and are not among
   * them.
   */
  readonly all: readonly Calendar[]
  /** What they were opened with, as text: calendars of one version with the same text answer alike. */
  readonly settings: string
  /** Of a name in `all`, or of a zone. */
  named(name: string): Calendar | undefined
  /**
   * The calendar of a quote: by its exchange; else by the suffix or form of its symbol; else by its zone; else the one
   * of the settings. Never throws; the same facts give the same object.
   */
  of(facts: MarketFacts): Calendar
}
