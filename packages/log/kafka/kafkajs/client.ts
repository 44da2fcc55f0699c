// One configured Kafka client: what all parts of the log share, and the only place that tells kafkajs how to connect.
// Reaching the cluster is bounded, and never silent: each retry is a warning, the end is LOG_UNREACHABLE.

import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { retry } from '#runtime/retry'
import { KAFKA_LIMITS, type KafkaLimits } from '../limits.ts'
import { kafkaError, shortReason } from './errors.ts'
import { kafkaLogCreator } from './log_creator.ts'
import { patchKafkajs } from './patches.ts'
import { brokerSocket } from './socket.ts'

/** SASL mechanisms, as KAFKA_SASL_MECHANISM names them. */
export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512'

/** How to reach a cluster, and the parts that the log needs from outside. */
export interface KafkaLogOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[]
  /** Names this client in the broker's logs and quotas. */
  readonly clientId: string
  readonly ssl: boolean
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
  readonly logger: Logger
  readonly clock: Clock
  /** Other limits than KAFKA_LIMITS, for tests. */
  readonly limits?: Partial<KafkaLimits>
  /** Aborting it ends the waiting for a first answer. */
  readonly signal?: AbortSignal
}

/** A client and what goes with it. */
export interface KafkaClient {
  readonly kafka: Kafka
  /** A kafkajs of its own for a consumer: one kafkajs keeps one table of offsets a group, for all its members alike. */
  newKafka(): Kafka
  /** The same with more patience, for the publisher: after a failure it cannot know what has arrived. */
  readonly patientKafka: Kafka
  readonly brokers: readonly string[]
  readonly logger: Logger
  readonly clock: Clock
  readonly limits: KafkaLimits
  /** Resolves when a broker answers and takes the credentials. Throws LOG_UNREACHABLE or LOG_AUTH_FAILED. */
  reach(signal?: AbortSignal): Promise<void>
  /** Carries out a question to the cluster; what may pass is asked again, a bounded number of times. */
  ask<T>(doing: string, work: () => Promise<T>): Promise<T>
  /** An error of kafkajs as ours; `doing` completes "cannot ...". */
  errorOf(error: unknown, doing: string): PlatformError
}

/** Within one attempt of ours kafkajs tries again by itself, for what passes in seconds: elections, loading. */
const INNER_RETRY = { initialRetryTime: 50, maxRetryTime: 1_000, retries: 6 }

/** About 40 s: the restart of a broker. */
const PATIENT_RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 24 }

/** Waits grow to their ceiling without jitter: a handful of services, not a herd. */
const noJitter = () => 1

/** Makes kafkajs's Kafka. */
export type KafkaMaker = (config: KafkaConfig) => Kafka

/** Builds a client; connects nothing. */
export function createClient(options: KafkaLogOptions, create: KafkaMaker = kafkajsOf): KafkaClient {
  patchKafkajs()
  const limits = { ...KAFKA_LIMITS, ...options.limits }
  const { brokers, logger, clock } = options
  const config = configOf(options, limits)
  const probe = create({ ...config, retry: { initialRetryTime: 10, retries: brokers.length - 1 } })
  const newKafka = () => create({ ...config, retry: INNER_RETRY })
  const errorOf = (error: unknown, doing: string) => kafkaError(error, { brokers, doing })
  const onRetry = (error: unknown, attempt: number, delayMs: number) =>
    logger.debug({ err: error, attempt, delayMs }, 'asking Kafka again')
  const askPolicy = {
    attemptsMax: limits.askAttemptsMax,
    delayMinMs: limits.askDelayMinMs,
    delayMaxMs: limits.askDelayMaxMs,
  }
  return {
    kafka: newKafka(),
    newKafka,
    patientKafka: create({ ...config, retry: PATIENT_RETRY }),
    brokers,
    logger,
    clock,
    limits,
    errorOf,
    reach: (signal) => reach(probe, { brokers, logger, clock, limits, ...(signal && { signal }) }),
    ask: (doing, work) =>
      retry(() => mapped(work, (error) => errorOf(error, doing)), askPolicy, { clock, random: noJitter, onRetry }),
  }
}

function kafkajsOf(config: KafkaConfig): Kafka {
  return new kafkajs.Kafka(config)
}

function configOf(options: KafkaLogOptions, limits: KafkaLimits): KafkaConfig {
  const { sasl } = options
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ssl: options.ssl,
    ...(sasl && { sasl: { ...sasl } as NonNullable<KafkaConfig['sasl']> }),
    connectionTimeout: limits.connectTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: kafkaLogCreator(options.logger),
    socketFactory: brokerSocket,
  }
}

async function mapped<T>(work: () => Promise<T>, map: (error: unknown) => PlatformError): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw map(error)
  }
}

interface ReachContext extends Pick<KafkaClient, 'brokers' | 'logger' | 'clock' | 'limits'> {
  readonly signal?: AbortSignal
}

async function reach(probe: Kafka, context: ReachContext): Promise<void> {
  const { brokers, logger, limits } = context
  const names = brokers.join(',')
  const policy = {
    attemptsMax: limits.connectAttemptsMax,
    delayMinMs: limits.connectDelayMinMs,
    delayMaxMs: limits.connectDelayMaxMs,
  }
  const attempt = () =>
    mapped(
      () => connectOnce(probe),
      (error) => kafkaError(error, { brokers, doing: 'connect to Kafka' }),
    )
  const onRetry = (error: unknown, count: number, delayMs: number) =>
    logger.warn(
      { brokers: names, attempt: count, attemptsMax: limits.connectAttemptsMax },
      `Kafka at ${names} does not answer (${shortReason(error)}), trying again in ${Math.round(delayMs / 1000)} s`,
    )
  try {
    await retry(attempt, policy, { ...context, random: noJitter, onRetry })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'LOG_UNREACHABLE') throw error
    const end = context.signal?.aborted ? 'told to stop' : `given up after ${limits.connectAttemptsMax} attempts`
    const text = `Kafka at ${names} does not answer (${shortReason(error)}), ${end}`
    const advice = 'check that it runs and that KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_MECHANISM fit it'
    const fields = { brokers: names, attempts: limits.connectAttemptsMax }
    throw new PlatformError('LOG_UNREACHABLE', `${text}; ${advice}`, { retryable: true, cause: error, fields })
  }
}

async function connectOnce(probe: Kafka): Promise<void> {
  const admin = probe.admin()
  try {
    await admin.connect()
    // A broker that wants credentials lets anybody connect, and hangs up at the first question.
    await admin.describeCluster()
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
