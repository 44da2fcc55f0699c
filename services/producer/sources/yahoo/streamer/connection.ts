// One connection to the streamer, as a state machine: pure, told of what happened and of the time, and answering with
// what to do. A connection is never given up: whatever ends it is a reason to connect again, later each time.

import { backoffMs } from '#runtime/retry'
import {
  STREAM_BACKOFF,
  STREAM_CONNECT_TIMEOUT_MS,
  STREAM_HEALTHY_AFTER_MS,
  STREAM_REFUSED_IN_A_ROW_MAX,
  STREAM_SILENT_MAX_MS,
  STREAM_SUBSCRIBE_EVERY_MS,
} from '#services/producer/limits'

/** Where a connection stands. `failures`: how often it was lost since it last stayed healthy for a minute. */
export type Connection =
  | { readonly kind: 'waiting'; readonly until: number; readonly failures: number }
  | { readonly kind: 'connecting'; readonly since: number; readonly failures: number }
  | { readonly kind: 'open'; readonly since: number; readonly subscribedAt: number; readonly failures: number }

/** Why a connection was lost. `unreached`: it never opened. */
export const LOSSES = ['unreached', 'timeout', 'closed', 'silent', 'garbage'] as const

export type Loss = (typeof LOSSES)[number]

/** What to do next. `drop`: leave the socket, whatever it does from now on. */
export type Action = 'none' | 'connect' | 'subscribe' | 'drop'

/** A step of the machine. */
export interface Step {
  readonly connection: Connection
  readonly action: Action
  /** Set when the connection was lost in this step. */
  readonly loss: Loss | null
}

/** What the machine is told. */
export interface ConnectionFacts {
  readonly now: number
  /** How long nothing readable has come; from STREAM_SILENT_MAX_MS on only what lies in its symbols' open hours. */
  readonly silentMs: number
  /** Frames since the last readable one. */
  readonly refusedInARow: number
  /** False while another connection is being opened: they open one after the other. */
  readonly mayConnect: boolean
  readonly random: () => number
}

/** A connection that may be opened from `until` on. */
export function newConnection(until: number): Connection {
  return { kind: 'waiting', until, failures: 0 }
}

/** The socket has opened: subscribe. */
export function opened(connection: Connection, now: number): Step {
  if (connection.kind !== 'connecting') return stay(connection)
  const { failures } = connection
  return { connection: { kind: 'open', since: now, subscribedAt: now, failures }, action: 'subscribe', loss: null }
}

/** The socket has ended, by whomever. */
export function closed(connection: Connection, facts: ConnectionFacts): Step {
  if (connection.kind === 'waiting') return stay(connection)
  return lost(connection, connection.kind === 'open' ? 'closed' : 'unreached', { ...facts, action: 'none' })
}

/** Time has passed. */
export function timePassed(connection: Connection, facts: ConnectionFacts): Step {
  const { now } = facts
  switch (connection.kind) {
    case 'waiting':
      if (now < connection.until || !facts.mayConnect) return stay(connection)
      return {
        connection: { kind: 'connecting', since: now, failures: connection.failures },
        action: 'connect',
        loss: null,
      }
    case 'connecting':
      if (now - connection.since < STREAM_CONNECT_TIMEOUT_MS) return stay(connection)
      return lost(connection, 'timeout', { ...facts, action: 'drop' })
    case 'open':
      return whileOpen(connection, facts)
  }
}

function whileOpen(connection: Connection & { readonly kind: 'open' }, facts: ConnectionFacts): Step {
  const { now, silentMs, refusedInARow } = facts
  if (refusedInARow > STREAM_REFUSED_IN_A_ROW_MAX) return lost(connection, 'garbage', { ...facts, action: 'drop' })
  if (silentMs >= STREAM_SILENT_MAX_MS) return lost(connection, 'silent', { ...facts, action: 'drop' })
  const failures = now - connection.since >= STREAM_HEALTHY_AFTER_MS ? 0 : connection.failures
  if (now - connection.subscribedAt < STREAM_SUBSCRIBE_EVERY_MS) return stay({ ...connection, failures })
  return { connection: { ...connection, failures, subscribedAt: now }, action: 'subscribe', loss: null }
}

function lost(
  { failures }: Connection,
  loss: Loss,
  { now, random, action }: ConnectionFacts & { readonly action: Action },
): Step {
  const until = now + backoffMs(failures + 1, STREAM_BACKOFF, random)
  return { connection: { kind: 'waiting', until, failures: failures + 1 }, action, loss }
}

function stay(connection: Connection): Step {
  return { connection, action: 'none', loss: null }
}
