// The page's one connection to the event stream. It comes back by itself from where it stood, so that no bar or alert
// is missed; another symbol is another stream from the same place. Free of the DOM: the event source is handed in.

import type { StreamEvents } from '../api.ts'
import type { Connection } from './page_context.ts'
import { Value } from './value.ts'

/** The server sends something at least every ten seconds. */
const SILENCE_MAX_MS = 25_000

/** How often the silence is looked at. A computer that wakes up finds it too long, and tries at once. */
const LOOK_EVERY_MS = 1_000

/** The first wait before another try; each one after it is twice as long, up to the limit. */
const RETRY_MS = 500
const RETRY_MAX_MS = 15_000

/** A connection that held this long was a good one: the waits begin anew. */
const GOOD_AFTER_MS = 10_000

/** All that the stream sends, by name; the compiler holds it to be whole. */
const EVENTS = Object.keys({
  hello: true,
  symbols: true,
  quotes: true,
  bars: true,
  forming: true,
  alerts: true,
  history: true,
  flow: true,
  beat: true,
  reload: true,
} satisfies Record<keyof StreamEvents, true>) as readonly (keyof StreamEvents)[]

/** What is needed of an EventSource. */
export interface EventStream {
  addEventListener(
    name: string,
    listener: (event: { readonly data?: string; readonly lastEventId?: string }) => void,
  ): void
  close(): void
}

/** What a connection stands on. */
export interface ConnectionOptions {
  readonly open: (url: string) => EventStream
  /** Counts milliseconds, such as performance.now. */
  readonly steady: () => number
}

type Listener = (data: never) => void

/** Opens with `start`, and stays open. */
export class LiveConnection {
  readonly state = new Value<Connection>('connecting')
  readonly #options: ConnectionOptions
  readonly #listeners = new Map<keyof StreamEvents, Listener[]>()
  #stream: EventStream | undefined
  #symbol: string | null = null
  #position = ''
  #heardAt = 0
  #liveSince = 0
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  on<E extends keyof StreamEvents>(event: E, listener: (data: StreamEvents[E]) => void): void {
    const listeners = this.#listeners.get(event) ?? []
    listeners.push(listener)
    this.#listeners.set(event, listeners)
  }

  start(): void {
    this.#connect()
    setInterval(() => {
      if (this.#stream !== undefined && this.#silentMs() > SILENCE_MAX_MS) this.#lose()
    }, LOOK_EVERY_MS)
  }

  /** Bars are to be of that symbol from now on. */
  choose(symbol: string | null): void {
    if (symbol === this.#symbol) return
    this.#symbol = symbol
    // While the connection is lost the next try asks for it.
    if (this.#stream !== undefined) this.#connect()
  }

  /** Tries now rather than later: the network is back, or somebody looks at the page again. */
  hurry(): void {
    if (this.#retry !== undefined) this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#stream?.close()
    this.#heardAt = this.#options.steady()
    const stream = this.#options.open(this.#url())
    this.#stream = stream
    for (const name of EVENTS) {
      stream.addEventListener(name, ({ data = '', lastEventId = '' }) => {
        if (stream === this.#stream) this.#hear(name, data, lastEventId)
      })
    }
    stream.addEventListener('error', () => {
      if (stream === this.#stream) this.#lose()
    })
  }

  #url(): string {
    const words = new URLSearchParams()
    if (this.#symbol !== null) words.set('symbol', this.#symbol)
    if (this.#position !== '') words.set('after', this.#position)
    return words.size > 0 ? `/api/stream?${words}` : '/api/stream'
  }

  #hear(name: keyof StreamEvents, text: string, id: string): void {
    const data = parsed(text)
    // What cannot be read was not received: the next stream goes on before it.
    if (data === undefined) {
      this.#lose()
      return
    }
    this.#heardAt = this.#options.steady()
    if (name === 'hello') this.#greet()
    if (id !== '') this.#position = id
    this.#tell(name, data)
  }

  #greet(): void {
    if (this.state.get() === 'live') return
    const missed = this.state.get() === 'lost' && this.#position === ''
    this.#liveSince = this.#heardAt
    this.state.set('live')
    // Without a place to go on from, what came meanwhile must be asked for.
    if (missed) this.#tell('reload', { reason: 'the connection was lost before anything had come' })
  }

  #lose(): void {
    this.#stream?.close()
    this.#stream = undefined
    const now = this.#options.steady()
    const wasGood = this.state.get() === 'live' && now - this.#liveSince >= GOOD_AFTER_MS
    this.#failures = wasGood ? 0 : this.#failures + 1
    this.state.set('lost')
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.max(0, this.#failures - 1))
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#connect(), waitMs)
  }

  #silentMs(): number {
    return this.#options.steady() - this.#heardAt
  }

  /** One listener's failure is its own; it is still seen as an uncaught error. */
  #tell(name: keyof StreamEvents, data: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(data as never)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
