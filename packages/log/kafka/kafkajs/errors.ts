// kafkajs's errors to ours. kafkajs wraps errors in errors, so the whole chain of causes is read; a PlatformError in it
// comes out unchanged. Every message names the brokers and says what to do.

import { type ErrorCode, messageOf, PlatformError } from '#runtime/errors'

/** What was being done, and where. */
export interface KafkaErrorContext {
  readonly brokers: readonly string[]
  /** Completes "cannot ...": `publish to stock-prices`. */
  readonly doing: string
}

/** The facts of a chain of errors: names, broker error types, system codes. */
interface ErrorFacts {
  readonly marks: ReadonlySet<string>
  readonly retriable: boolean
  readonly deepest: unknown
}

const CAUSES_MAX = 10

const AUTH_MARKS = [
  'KafkaJSSASLAuthenticationError',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]
const RIGHT_MARKS = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]
const UNREACHABLE_MARKS = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
  'KafkaJSGroupCoordinatorNotFound',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
]
const TOO_LARGE_MARKS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']
const FENCED_MARKS = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'code 90', 'TRANSACTION_COORDINATOR_FENCED']

/** Any error out of kafkajs as a PlatformError. */
export function kafkaError(error: unknown, context: KafkaErrorContext): PlatformError {
  const own = causesOf(error).find((each) => each instanceof PlatformError)
  if (own !== undefined) return own
  const facts = factsOf(error)
  const { code, advice, retryable } = verdict(facts)
  const message = `cannot ${context.doing} at ${context.brokers.join(',')}: ${messageOf(facts.deepest)}; ${advice}`
  return new PlatformError(code, message, { retryable, cause: error, fields: { brokers: context.brokers.join(',') } })
}

/** Whether a newer producer with the same transactional id has taken over (kafkajs does not know error 90). */
export function isFenced(error: unknown): boolean {
  return hasAny(factsOf(error).marks, FENCED_MARKS)
}

/** Whether the broker is still ending the transaction before. */
export function isConcurrentTransactions(error: unknown): boolean {
  return factsOf(error).marks.has('CONCURRENT_TRANSACTIONS')
}

/** A short name of what went wrong with a connection: ECONNREFUSED, or the message. */
export function shortReason(error: unknown): string {
  const chain = causesOf(error)
  for (const each of chain) {
    const code = (each as { code?: unknown }).code
    if (typeof code === 'string' && code.startsWith('E')) return code
  }
  return messageOf(chain.at(-1) ?? error)
}

interface Verdict {
  readonly code: ErrorCode
  readonly advice: string
  readonly retryable: boolean
}

function verdict({ marks, retriable }: ErrorFacts): Verdict {
  if (hasAny(marks, AUTH_MARKS)) return AUTH
  if (hasAny(marks, RIGHT_MARKS)) return RIGHTS
  if (hasAny(marks, TOO_LARGE_MARKS)) return TOO_LARGE
  if (marks.has('UNKNOWN_TOPIC_OR_PARTITION')) return TOPIC_MISSING
  if (marks.has('KafkaJSOffsetOutOfRange') || marks.has('OFFSET_OUT_OF_RANGE')) return GAP
  if (hasAny(marks, UNREACHABLE_MARKS)) return UNREACHABLE
  return { code: 'LOG_FAILED', advice: 'see the log of the broker', retryable: retriable }
}

const AUTH: Verdict = {
  code: 'LOG_AUTH_FAILED',
  advice: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
  retryable: false,
}
const RIGHTS: Verdict = {
  code: 'LOG_AUTH_FAILED',
  advice: 'the user lacks the right; have the access lists of the cluster changed',
  retryable: false,
}
const TOO_LARGE: Verdict = {
  code: 'LOG_RECORD_TOO_LARGE',
  advice: 'make the record smaller or raise max.message.bytes of the topic',
  retryable: false,
}
const TOPIC_MISSING: Verdict = {
  code: 'LOG_TOPIC_MISSING',
  advice: 'create the topic, `tickerlake init` does',
  retryable: false,
}
const GAP: Verdict = {
  code: 'LOG_GAP',
  advice: 'the topic was cut or created anew; raise its retention, and decide where the group should go on',
  retryable: false,
}
const UNREACHABLE: Verdict = {
  code: 'LOG_UNREACHABLE',
  advice: 'check that Kafka runs and that KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_MECHANISM fit it',
  retryable: true,
}

function factsOf(error: unknown): ErrorFacts {
  const chain = causesOf(error)
  const marks = new Set<string>()
  for (const each of chain) {
    const { name, type, code } = each as { name?: unknown; type?: unknown; code?: unknown }
    for (const mark of [name, type, code]) if (typeof mark === 'string') marks.add(mark)
    if (typeof code === 'number') marks.add(`code ${code}`)
  }
  const deepest = chain.at(-1) ?? error
  return { marks, retriable: (deepest as { retriable?: unknown }).retriable === true, deepest }
}

/**
 * The error and what caused it, outermost first. Of several errors at once, as in creating topics, the first counts.
 */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let each = error; each instanceof Error && chain.length < CAUSES_MAX; ) {
    if (chain.includes(each)) break
    chain.push(each)
    each = each.cause ?? (each as { errors?: readonly unknown[] }).errors?.[0]
  }
  return chain
}

function hasAny(marks: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return wanted.some((mark) => marks.has(mark))
}
