// The errors of the simulated broker and network: kafkajs's own, so that what maps them is tested too.

import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'

interface ErrorCode {
  readonly type: string
  readonly code: number
  readonly retriable: boolean
  readonly message: string
}

const require = createRequire(import.meta.url)
const { errorCodes } = require('kafkajs/src/protocol/error') as { readonly errorCodes: readonly ErrorCode[] }
/** Missing in kafkajs's types. */
const { KafkaJSConnectionClosedError } = require('kafkajs/src/errors') as {
  readonly KafkaJSConnectionClosedError: new (message: string, broker: { host: string; port: number }) => Error
}
const byType = new Map(errorCodes.map((each) => [each.type, each]))

/** Kafka's error 90, which kafkajs does not know by name. */
const PRODUCER_FENCED = { type: 'KAFKAJS_UNKNOWN_ERROR_CODE', code: 90, retriable: false, message: 'Unknown error 90' }

/** An answer of the broker that says no. */
export function protocolError(type: string): Error {
  const known = type === 'PRODUCER_FENCED' ? PRODUCER_FENCED : byType.get(type)
  if (known === undefined) throw new Error(`kafkajs knows no error ${type}`)
  return new kafkajs.KafkaJSProtocolError(known as never)
}

/** No answer came in time. */
export function requestTimedOut(name: string): Error {
  const facts = {
    broker: 'simulated',
    clientId: 'simulated',
    correlationId: 0,
    createdAt: 0,
    sentAt: 0,
    pendingDuration: 0,
  }
  return new kafkajs.KafkaJSRequestTimeoutError(`Request ${name} timed out`, facts as never)
}

/** The connection broke before the answer. */
export function connectionClosed(name: string): Error {
  return new KafkaJSConnectionClosedError(`Closed connection (${name})`, { host: 'simulated', port: 9092 })
}

/** kafkajs's type of the error, if it is one of the protocol. */
export function typeOf(error: unknown): string | undefined {
  return (error as { type?: string } | null)?.type
}

/** Whether kafkajs would try the same again. */
export function isRetriable(error: unknown): boolean {
  return (error as { retriable?: boolean } | null)?.retriable === true
}

/** Whether kafkajs joins the group again after this. */
export function isRebalancing(error: unknown): boolean {
  return ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'ILLEGAL_GENERATION'].includes(typeOf(error) ?? '')
}
