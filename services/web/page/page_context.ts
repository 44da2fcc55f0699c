// What every panel of the page is handed: the shared values, the live events, and the API. Free of the DOM.

import type {
  AlertsAnswer,
  BarsAnswer,
  FlowState,
  StreamEvents,
  SymbolRow,
  SymbolsAnswer,
  TablesAnswer,
} from '../api.ts'
import { plainlyText } from './format/foreign.ts'
import type { Value } from './value.ts'

/** How the connection to the server stands. `lost`: it comes back by itself. */
export type Connection = 'connecting' | 'live' | 'lost'

/** Whose clock times are shown by: UTC, or that of the chosen symbol's exchange. */
export type ClockChoice = 'utc' | 'exchange'

/** A market as its symbols tell of it. */
export interface Market extends Pick<SymbolRow, 'session' | 'zone'> {
  readonly opensAt: number | null
}

export type Theme = 'light' | 'dark'

/** What stands below the chart. */
export type Tab = 'flow' | 'refused' | 'sql'

/** The server's clock, so that ages are right whatever the viewer's clock says. */
export interface PageClock {
  now(): number
  /** The time, anew each second. */
  readonly second: Value<number>
}

/** The answers by path. */
export interface Answers {
  '/api/symbols': SymbolsAnswer
  '/api/bars': BarsAnswer
  '/api/alerts': AlertsAnswer
  '/api/health': FlowState
  '/api/tables': TablesAnswer
}

export interface PageContext {
  readonly connection: Value<Connection>
  /** The symbol of the chart; null until there is one. */
  readonly chosen: Value<string | null>
  /** The chart's grain when it was chosen by hand; null: the range chooses it. */
  readonly grain: Value<string | null>
  readonly tab: Value<Tab>
  readonly clockChoice: Value<ClockChoice>
  /** The IANA name of the chosen symbol's exchange's zone; the one before it until it is known. */
  readonly exchangeZone: Value<string>
  /** The zone that times are shown in, by the choice; to be read and watched. */
  readonly zone: Value<string>
  /** What the chosen symbol's market does; null until it is known. */
  readonly market: Value<Market | null>
  /** What is shown now; style sheets need not ask, what draws on a canvas does (colours: shell/colours.ts). */
  readonly theme: Value<Theme>
  readonly clock: PageClock
  /** The event time that the chart is to show, such as that of an alert; null: now. */
  readonly moment: Value<number | null>
  /** Calls the listener with each event's data, as long as the page is open. */
  on<E extends keyof StreamEvents>(event: E, listener: (data: StreamEvents[E]) => void): void
  /** Asks the API. Throws an AskError with the answer's message. */
  ask<P extends keyof Answers>(path: P, query?: Query, signal?: AbortSignal): Promise<Answers[P]>
}

export type Query = Readonly<Record<string, string | number>>

/** The server refused, failed or was not there. */
export class AskError extends Error {
  override readonly name = 'AskError'
  /** The status of the answer; 0 when there was none. */
  readonly status: number

  constructor(status: number, message: string) {
    // It may cite what somebody sent.
    super(plainlyText(message))
    this.status = status
  }
}

/** What went wrong, as a sentence for the viewer. */
export function messageOf(error: unknown): string {
  return error instanceof AskError ? error.message : 'The page itself failed; the browser’s console says more.'
}
