// What the HTTP API answers, as JSON: shared by the server and the page, types alone. Times are epoch milliseconds.
// docs/web.md tells the same to users; fields may be added, and none changes its meaning.

import type { Alert } from '#market/alert'
import type { Bar } from '#market/bar'
import type { Session } from '#market/session'
import type { EpochMs } from '#runtime/units'

/** Any answer with a status of 400 or more. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string }
}

/**
 * How far the page has come in the topics: opaque text. An answer with a position holds all that lies before it, and
 * /api/stream goes on from there.
 */
export type Position = string

/** How long a bar is: `1m`, `5m`, `15m`, `1h`, `1d`, or what the platform's own bars are called (`10s`). */
export type Grain = string

/** GET /api/symbols: all of them, in no order. */
export interface SymbolsAnswer {
  readonly now: EpochMs
  readonly position: Position
  readonly symbols: readonly SymbolRow[]
}

/** A symbol as it stands now. Today is the trading day of its market; by night and on weekends it is the one before. */
export interface SymbolRow {
  readonly symbol: string
  readonly price: number
  /** Of the newest quote. */
  readonly eventTime: EpochMs
  readonly previousClose: number | null
  readonly currency: string | null
  readonly exchange: string | null
  readonly marketState: string | null
  /** Who observed it, such as `simulator`. */
  readonly source: string | null
  /** In the last 60 seconds. */
  readonly quotesPerMinute: number
  readonly alertsToday: number
  /**
   * Prices of today at equal steps, from its first one to now, or to the end of its sessions: at most 60; null where
   * there was none.
   */
  readonly spark: readonly (number | null)[]
  /** The time zone of its exchange, by its IANA name. */
  readonly zone: string
  /** What its market does now. */
  readonly session: Session
  /** When regular hours begin; null during them, and where a market's hours are not known. */
  readonly opensAt: EpochMs | null
}

/** A bar at some grain. A bar that is still forming has the revision -1. */
export interface BarRow
  extends Pick<
    Bar,
    'windowStart' | 'windowEnd' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'revision' | 'complete'
  > {
  /** Of its quotes; null where some of the bar is history, which has none. */
  readonly average: number | null
  readonly vwap: number | null
  /** Quotes that were seen live; null when none was. */
  readonly count: number | null
  /** Whether it was made of live quotes, is of a source's history, or of both. */
  readonly origin: 'live' | 'history' | 'both'
  /** What its market did then; null when that changed during the bar, or is not known. */
  readonly session: Session | null
  /** The trading day that it belongs to, as `2026-11-27`; a longer bar's first one. Null: not known. */
  readonly tradeDate: string | null
}

/** GET /api/bars?symbol&from&to&grain&hours: bars of the symbol with from <= windowStart < to, by time. */
export interface BarsAnswer {
  readonly symbol: string
  /** The one asked for, or the one chosen by the range. */
  readonly grain: Grain
  /** What the symbol's bars may be asked in, from the finest. */
  readonly grains: readonly Grain[]
  readonly from: EpochMs
  readonly to: EpochMs
  readonly bars: readonly BarRow[]
  /** The window start of the symbol's first bar that bars of this grain are made of; null when it has none. */
  readonly earliest: EpochMs | null
  /** The time zone of the symbol's exchange, by its IANA name. */
  readonly zone: string
  /** The version of the table of history that was read; null while there is no such table. */
  readonly historyVersion: number | null
  readonly position: Position
}

/** GET /api/alerts?symbol&from&to&afterId&limit: the newest first, of the same time by id. */
export interface AlertsAnswer {
  readonly alerts: readonly AlertRow[]
  /** Whether there are older ones in the range than the limit let through. */
  readonly more: boolean
}

/** An alert as in its topic. */
export type AlertRow = Omit<Alert, 'processingTime' | 'session' | 'tradeDate'>

/**
 * How old the newest data is. `fresh`, `delayed` and `stale` go by its age in open hours; `closed`: no followed market
 * is open; `empty`: there has been none yet; `unavailable`: it cannot be told, since something does not answer.
 */
export type Freshness = 'fresh' | 'delayed' | 'stale' | 'closed' | 'empty' | 'unavailable'

/** GET /api/health, and the event `flow`: the state of the flow, from the source to the tables. */
export interface FlowState {
  readonly now: EpochMs
  /** Of the quotes: what the page's badge says. */
  readonly freshness: Freshness
  /** Who sent the newest quote, such as `simulator`; null before the first. */
  readonly source: string | null
  readonly newestEventTime: EpochMs | null
  readonly topics: readonly TopicState[]
  /** The stream and the writer. */
  readonly readers: readonly ReaderState[]
  readonly tables: readonly TableState[]
  readonly lateQuotes: LateQuotesState
  readonly deadLetters: DeadLettersState
  /** What does not answer, and how; null when all does. */
  readonly trouble: string | null
}

/** A topic. Null: not known, since the log does not answer or the topic is not there. */
export interface TopicState {
  readonly topic: string
  readonly records: number | null
  readonly recordsPerSecond: number | null
  /** Event time of the newest record; of dead letters the ingest time. */
  readonly newestEventTime: EpochMs | null
  readonly freshness: Freshness
}

/** How far a group is behind in what it reads. */
export interface ReaderState {
  readonly name: 'stream' | 'writer'
  readonly lagRecords: number | null
  /** The age of the oldest record that waits; 0 when none does. */
  readonly lagSeconds: number | null
}

/** A table of the lake. Null: it is not there yet, or not known. */
export interface TableState {
  readonly name: string
  readonly version: number | null
  readonly lastCommit: EpochMs | null
  readonly rows: number | null
  readonly files: number | null
  readonly bytes: number | null
  readonly medianFileBytes: number | null
  readonly commitsSinceCheckpoint: number | null
  readonly newestEventTime: EpochMs | null
  readonly freshness: Freshness
}

/** Late quotes of today (UTC), with the newest one. */
export interface LateQuotesState {
  readonly count: number
  readonly example: {
    readonly symbol: string
    readonly price: number
    readonly eventTime: EpochMs
    readonly lateByMs: number
  } | null
}

/** Dead letters of today (UTC) by reason, with the newest one of each. */
export interface DeadLettersState {
  readonly count: number
  readonly reasons: readonly DeadLettersOfReason[]
}

export interface DeadLettersOfReason {
  readonly reason: string
  readonly count: number
  readonly example: {
    readonly detail: string
    /** The record's value as text, cut short; bytes that are not UTF-8 are spelled out. */
    readonly value: string | null
    readonly ingestTime: EpochMs
    readonly topic: string
    readonly partition: number
    readonly offset: number
  }
}

/** GET /api/tables: what SQL can read. */
export interface TablesAnswer {
  readonly tables: readonly TableState[]
  /** Tables and views by name, with what each is. */
  readonly relations: readonly { readonly name: string; readonly description: string }[]
  /** Queries to begin with. */
  readonly examples: readonly { readonly title: string; readonly sql: string }[]
}

/** POST /api/sql { sql }: the rows of one statement. Values as in `tickerlake sql --json`. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** Whether there are more rows than an answer holds; a download has all of them. */
  readonly more: boolean
  readonly durationMs: number
}

/** A quote in the event `quotes`. */
export type QuoteRow = readonly [symbol: string, price: number, eventTime: EpochMs, quotesPerMinute: number]

/** A file with bars of history has come: firstSymbol <= symbol <= lastSymbol, and from <= windowStart <= to. */
export interface HistoryChange {
  readonly firstSymbol: string
  readonly lastSymbol: string
  readonly from: EpochMs
  readonly to: EpochMs
}

/**
 * GET /api/stream?symbol&after: the events by name, with their data. `symbol` is the one that `bars` and `forming` are
 * for; `after` is the position to go on from (the header Last-Event-ID goes before it). All may come again: a bar
 * counts when its revision is higher than what is there, an alert when its id is new.
 */
export interface StreamEvents {
  /** First of all. `build` changes with the page's own files. */
  hello: {
    readonly build: string
    readonly sql: boolean
    readonly now: EpochMs
    /** As in an answer of /api/bars: whoever has one of another version asks again. */
    readonly historyVersion: number | null
  }
  /** Symbols that are new, or of which more than the price has changed. */
  symbols: { readonly rows: readonly SymbolRow[] }
  /** At most four times a second a symbol: those that have changed. */
  quotes: { readonly now: EpochMs; readonly rows: readonly QuoteRow[] }
  /** The platform's own bars, closed or revised. */
  bars: { readonly symbol: string; readonly bars: readonly BarRow[] }
  /** The bar that is still open. */
  forming: { readonly symbol: string; readonly bar: BarRow | null }
  alerts: { readonly alerts: readonly AlertRow[] }
  /** Bars of history have come, up to that version of their table: ask again for those. Null: it may be any. */
  history: { readonly historyVersion: number | null; readonly changes: readonly HistoryChange[] | null }
  flow: FlowState
  /** When nothing else was sent for ten seconds: the connection is there. */
  beat: { readonly now: EpochMs }
  /** What lies between the position and now is not at hand: ask /api/symbols, /api/bars and /api/alerts anew. */
  reload: { readonly reason: string }
}
