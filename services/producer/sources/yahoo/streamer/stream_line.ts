// One connection to the streamer with its symbols: the state machine's hands. What comes is read and counted here.

import type { Clock } from '#runtime/clock'
import { STREAM_CLOSE_GRACE_MS, STREAM_SILENT_MAX_MS } from '#services/producer/limits'
import {
  type FollowedSymbol,
  type FollowedSymbols,
  isOpenAt,
  silenceMs,
} from '#services/producer/sources/yahoo/followed_symbols'
import {
  type Connection,
  type ConnectionFacts,
  closed,
  type Loss,
  newConnection,
  opened,
  type Step,
  timePassed,
} from '#services/producer/sources/yahoo/streamer/connection'
import { type FrameRefusal, readFrame, type Tick } from '#services/producer/sources/yahoo/streamer/frame'
import type { StreamSocket, StreamSockets } from '#services/producer/sources/yahoo/streamer/stream_socket'

/** What all lines share. */
export interface LineParts {
  readonly url: string
  readonly sockets: StreamSockets
  readonly clock: Clock
  readonly random: () => number
  readonly symbols: FollowedSymbols
  /** Takes a tick of one of the symbols. On the hot path. */
  readonly onTick: (tick: Tick, followed: FollowedSymbol) => void
  readonly counts: StreamCounts
}

/** What has come, and what went wrong, so far. */
export interface StreamCounts {
  readonly frames: Record<'tick' | 'heartbeat' | 'other' | 'refused', number>
  /** `not_asked_for`: a tick of a symbol that is not followed. */
  readonly refused: Record<FrameRefusal | 'not_asked_for', number>
  readonly losses: Record<Loss, number>
}

/** What a line is. `subscribed`: open, and nothing has come yet; `healthy`: something has. */
export const LINE_STATES = ['waiting', 'connecting', 'subscribed', 'healthy'] as const

export type LineState = (typeof LINE_STATES)[number]

/** A connection that is opened when its time has come, and again whenever it is lost. */
export class StreamLine {
  readonly symbols: readonly FollowedSymbol[]
  readonly #subscription: string
  readonly #parts: LineParts
  #connection: Connection
  #socket: StreamSocket | null = null
  /** When something readable came last; null: nothing since it opened. */
  #heardAt: number | null = null
  #refusedInARow = 0

  constructor(symbols: readonly FollowedSymbol[], parts: LineParts) {
    this.symbols = symbols
    this.#subscription = JSON.stringify({ subscribe: symbols.map(({ symbol }) => symbol) })
    this.#parts = parts
    this.#connection = newConnection(parts.clock.now())
  }

  get state(): LineState {
    const { kind } = this.#connection
    if (kind !== 'open') return kind
    return this.#heardAt === null ? 'subscribed' : 'healthy'
  }

  get isOpen(): boolean {
    return this.#connection.kind === 'open'
  }

  /** How often it was lost since it last stayed for a while. */
  get failures(): number {
    return this.#connection.failures
  }

  /** Does what is due now; true when it has begun to connect. */
  lookAfter(mayConnect: boolean): boolean {
    const step = timePassed(this.#connection, this.#facts(mayConnect))
    this.#take(step)
    return step.action === 'connect'
  }

  /** Leaves its socket for good. */
  leave(): void {
    this.#socket?.leave(STREAM_CLOSE_GRACE_MS)
    this.#socket = null
  }

  #take({ connection, action, loss }: Step): void {
    this.#connection = connection
    if (loss !== null) this.#parts.counts.losses[loss]++
    if (action === 'connect') this.#connect()
    else if (action === 'subscribe') this.#socket?.send(this.#subscription)
    else if (action === 'drop') this.leave()
  }

  #connect(): void {
    this.#heardAt = null
    this.#refusedInARow = 0
    const { url, sockets, clock } = this.#parts
    this.#socket = sockets.open(url, {
      opened: () => {
        // What was traded meanwhile is not known, so no growth of the volume is that of one tick.
        for (const followed of this.symbols) followed.dayVolume = null
        this.#take(opened(this.#connection, clock.now()))
      },
      message: (data) => this.#read(data),
      closed: () => {
        this.#socket = null
        this.#take(closed(this.#connection, this.#facts(false)))
      },
    })
  }

  /** On the hot path. */
  #read(data: unknown): void {
    const { counts, symbols, clock, onTick } = this.#parts
    const frame = readFrame(data)
    counts.frames[frame.kind]++
    if (frame.kind === 'refused') {
      counts.refused[frame.reason]++
      this.#refusedInARow++
      return
    }
    this.#heardAt = clock.now()
    this.#refusedInARow = 0
    if (frame.kind !== 'tick') return
    const followed = symbols.get(frame.tick.id)
    if (followed === undefined) counts.refused.not_asked_for++
    else onTick(frame.tick, followed)
  }

  #facts(mayConnect: boolean): ConnectionFacts {
    const { clock, random } = this.#parts
    const now = clock.now()
    return { now, random, mayConnect, refusedInARow: this.#refusedInARow, silentMs: this.#silentMs(now) }
  }

  #silentMs(now: number): number {
    if (this.#connection.kind !== 'open') return 0
    const quietMs = now - (this.#heardAt ?? this.#connection.since)
    // Most of the time: then it does not matter which markets are open.
    if (quietMs < STREAM_SILENT_MAX_MS) return quietMs
    let longest = 0
    for (const followed of this.symbols) {
      if (isOpenAt(followed, now)) longest = Math.max(longest, silenceMs(followed, now))
    }
    return Math.min(quietMs, longest)
  }
}
