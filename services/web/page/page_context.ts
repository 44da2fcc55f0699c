// What every panel of the page is handed: the shared values, the live events, and the API.

import type { AlertsAnswer, BarsAnswer, FlowState, StreamEvents, SymbolsAnswer, TablesAnswer } from '../api.ts'
import type { Value } from './value.ts'

/** How the connection to the server stands. `lost`: it comes back by itself. */
export type Connection = 'connecting' | 'live' | 'lost'

/** Whose clock times are shown by. */
export type Zone = 'utc' | 'exchange'

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
  readonly zone: Value<Zone>
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
    super(message)
    this.status = status
  }
}

/** A part of the page: made once, it keeps itself up to date. */
export type Panel = (context: PageContext) => HTMLElement
