// A page by hand for what is free of the DOM: events and answers as a test says, one by one.

import type { AlertRow, StreamEvents } from '#services/web/api'
import type { Answers, Connection, PageContext } from '../../../../services/web/page/page_context.ts'
import { Value } from '../../../../services/web/page/value.ts'

/** A request that waits for its answer. */
export interface Asked {
  readonly path: keyof Answers
  readonly query: Readonly<Record<string, string | number>>
  readonly signal: AbortSignal | undefined
  answer(answer: unknown): Promise<void>
  fail(error: Error): Promise<void>
}

type Listener = (data: never) => void

export class PageByHand implements Pick<PageContext, 'ask' | 'on' | 'clock' | 'connection'> {
  readonly connection: Value<Connection>
  readonly clock
  #now: number
  readonly #asked: Asked[] = []
  readonly #listeners = new Map<string, Listener[]>()
  #alerts: readonly AlertRow[] | Error = []

  constructor(now: number, connection: Connection = 'live') {
    this.connection = new Value(connection)
    this.#now = now
    this.clock = { now: () => this.#now, second: new Value(now) }
  }

  setNow(now: number): void {
    this.#now = now
  }

  on<E extends keyof StreamEvents>(event: E, listener: (data: StreamEvents[E]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener as Listener])
  }

  say<E extends keyof StreamEvents>(event: E, data: StreamEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(data as never)
  }

  /** What is asked of alerts is answered with these, or fails so. */
  setAlerts(alerts: readonly AlertRow[] | Error): void {
    this.#alerts = alerts
  }

  async ask<P extends keyof Answers>(path: P, query: Asked['query'] = {}, signal?: AbortSignal): Promise<Answers[P]> {
    if (path === '/api/alerts' && this.#alerts instanceof Error) throw this.#alerts
    if (path === '/api/alerts') return { alerts: this.#alerts, more: false } as unknown as Answers[P]
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      const settle = async (act: () => void) => {
        act()
        // What waits for the answer goes on before the test does.
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
      }
      this.#asked.push({
        path,
        query,
        signal,
        answer: (answer) => settle(() => resolve(answer as Answers[P])),
        fail: (error) => settle(() => reject(error)),
      })
    })
  }

  /** The oldest request that nobody has answered and nobody has given up. */
  next(): Asked {
    while (this.#asked[0]?.signal?.aborted === true) this.#asked.shift()
    const asked = this.#asked.shift()
    if (asked === undefined) throw new Error('Nothing is asked for.')
    return asked
  }

  get waiting(): number {
    return this.#asked.filter(({ signal }) => signal?.aborted !== true).length
  }
}
