// What the Kafka tests share: our client with a logger that remembers, and a bare kafkajs client for what ours would
// never do: aborted and undecided transactions, deleted records, foreign codecs.

import kafkajs, { type Kafka, type Transaction } from 'kafkajs'
import type { EventLog, Processor, RecordBatch } from '#log/event_log'
import { type KafkaLogOptions, openKafkaLog } from '#log/kafka/kafka_log'
import { systemClock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { uniqueName } from '#support/services/services'
import { until } from '../contract/event_log/stage.ts'

/** A line that was logged. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  /** Empty when it has none. */
  readonly reason: string
}

/** A logger that keeps its lines. */
export function rememberingLogger(): { readonly logger: Logger; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  const keep = (level: LoggedLine['level']) => (fields: unknown, text?: unknown) => {
    lines.push({ level, text: String(text ?? fields), reason: String(Object(fields).reason ?? '') })
  }
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  return { logger: logger as unknown as Logger, lines }
}

/**
 * Whether a busy machine may bring this about without any fault: a slow publish, or a consumer that starts again. One
 * that does so because a topic has no leader is a fault: whoever creates a topic waits for its leaders.
 */
function isOfBusyMachine({ text, reason }: LoggedLine): boolean {
  if (text === 'the consumer has failed and is started again') return !reason.includes('topic-partition')
  return /^Kafka at \S+ is slow to publish /.test(text)
}

/** The texts of warnings and errors, without what a busy machine brings about. */
export function complaintsIn(lines: readonly LoggedLine[]): string[] {
  const complaints = lines.filter(({ level }) => level === 'warn' || level === 'error')
  return complaints.filter((line) => !isOfBusyMachine(line)).map(({ level, text }) => `${level}: ${text}`)
}

/** Opens our log, with what a test wants otherwise. */
export function openLog(brokers: string, options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
  return openKafkaLog({
    brokers: brokers.split(','),
    clientId: 'tickerlake-test',
    ssl: false,
    logger: rememberingLogger().logger,
    clock: systemClock,
    ...options,
  })
}

/** Creates a topic of the test's own. */
export async function newTopic(log: EventLog, partitions = 1): Promise<string> {
  const topic = uniqueName('kafka')
  await log.createTopics([{ topic, partitions }])
  return topic
}

/** A client that is not ours. */
export function bareKafka(brokers: string): Kafka {
  return new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'bare', logLevel: kafkajs.logLevel.NOTHING })
}

/** A transactional producer that is not ours; the caller disconnects it. */
export async function bareTransactions(brokers: string, transactionalId: string) {
  const producer = bareKafka(brokers).producer({
    transactionalId,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const begin = (): Promise<Transaction> => producer.transaction()
  return { begin, close: () => producer.disconnect() }
}

/**
 * Waits until partition 0 ends at `offset`: a broker answers the end of a transaction before its marker is written, so
 * that the marker may be missing for a moment.
 */
export async function untilEnd(log: EventLog, topic: string, offset: number): Promise<void> {
  await until(async () => (await log.ranges(topic))[0]?.end === offset, `${topic} ends at ${offset}`)
}

/** Values as messages for partition 0. */
export function messagesOf(...values: readonly string[]) {
  return values.map((value) => ({ value, partition: 0 }))
}

/** A processor that notes the values it reads, and commits each batch if told so. */
export function noter(commits: boolean): { readonly processor: Processor; readonly values: string[] } {
  const values: string[] = []
  const processor: Processor = {
    open: async (_, { committed, logStart }) => committed?.offset ?? logStart,
    process: async ({ topic, partition, records, next }: RecordBatch) => {
      for (const record of records) values.push(Buffer.from(record.value ?? []).toString())
      return commits ? [{ topic, partition, next, metadata: '', outputs: [] }] : []
    },
    close: () => {},
  }
  return { processor, values }
}

/** Reads all values of a topic, to its end. */
export async function readAll(log: EventLog, topic: string): Promise<string[]> {
  const { processor, values } = noter(false)
  const { signal } = new AbortController()
  await log.run({ group: uniqueName('reader'), topics: [topic], commit: 'offsets', bounded: true, signal }, processor)
  return values
}
