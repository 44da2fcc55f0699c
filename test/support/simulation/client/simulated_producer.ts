// kafkajs's transactional producer on the simulated cluster. What it retries and what it does not is kafkajs's
// (src/producer/{index,sendMessages,eosManager}): EndTxn is tried once, and after a failure the producer is stuck.

import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import type { SentBatch } from '#log/kafka/kafkajs/sent_batches'
import { partitionName } from '#log/topic_partition'
import type { ProducedBatch } from '../cluster/broker.ts'
import type { OffsetCommit } from '../cluster/offsets_log.ts'
import type { ProducerEpoch } from '../cluster/partition_log.ts'
import type { Marked } from '../cluster/transaction_coordinator.ts'
import { isRetriable, protocolError, typeOf } from '../world/kafkajs_errors.ts'
import type { ClientParts } from './client_parts.ts'
import { recordsSent } from './sent_records.ts'

/** The part of kafkajs's options that counts here. */
export interface ProducerConfig {
  readonly transactionalId: string
  readonly createPartitioner: () => (args: { readonly message: SentBatch }) => number
  readonly retry: { readonly initialRetryTime: number; readonly maxRetryTime: number; readonly retries: number }
}

interface SentTopic {
  readonly topic: string
  /** What kafkajs's own grouping takes. */
  readonly messages: object
}

/** A batch, and by how much kafkajs moves the sequence on for it. */
interface SequencedBatch extends ProducedBatch {
  readonly length: number
}

/** kafkajs's own, so that what stands for its lists of messages is held against the code that reads it. */
const groupMessagesPerPartition = createRequire(import.meta.url)('kafkajs/src/producer/groupMessagesPerPartition') as (
  options: object,
) => Readonly<Record<string, SentBatch>>

interface SentOffsets {
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly metadata: string }[]
  }[]
}

const COORDINATOR_ERRORS = ['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS']
const INIT_RETRIED = [...COORDINATOR_ERRORS, 'CONCURRENT_TRANSACTIONS']
const OFFSETS_RETRIED = ['UNKNOWN_TOPIC_OR_PARTITION', 'COORDINATOR_LOAD_IN_PROGRESS', 'GROUP_LOAD_IN_PROGRESS']

/** A producer with a transactional id. */
export class SimulatedProducer {
  readonly #parts: ClientParts
  readonly #config: ProducerConfig
  readonly #partitionOf: (args: { readonly message: SentBatch }) => number
  readonly #sequences = new Map<string, number>()
  readonly #added = new Set<Marked>()
  /** As kafkajs keeps it; null until the first transaction. */
  protected identity: ProducerEpoch | null = null
  protected state: 'ready' | 'transacting' | 'ending' = 'ready'

  constructor(parts: ClientParts, config: ProducerConfig) {
    this.#parts = parts
    this.#config = config
    this.#partitionOf = config.createPartitioner()
  }

  async connect(): Promise<void> {
    await this.#ask('Connect', () => {})
  }

  async disconnect(): Promise<void> {}

  async transaction() {
    if (this.state === 'transacting') throw new kafkajs.KafkaJSNonRetriableError('There is already a transaction')
    this.identity ??= await this.#retrying(
      () => this.#init(),
      (error) => INIT_RETRIED.includes(typeOf(error) ?? ''),
    )
    if (this.state === 'ending') throw new kafkajs.KafkaJSNonRetriableError('Invalid state transition')
    this.state = 'transacting'
    this.#added.clear()
    let hasEnded = false
    const isActive = () => this.state === 'transacting' && !hasEnded
    const guarded = <A extends unknown[], T>(work: (...args: A) => Promise<T>) => {
      return async (...args: A): Promise<T> => {
        if (!isActive()) throw new kafkajs.KafkaJSNonRetriableError('Cannot continue to use transaction once ended')
        return await work(...args)
      }
    }
    const ending = (isCommit: boolean) =>
      guarded(async () => {
        await this.#end(isCommit)
        hasEnded = true
      })
    return {
      isActive,
      sendBatch: guarded(({ topicMessages }: { topicMessages: readonly SentTopic[] }) => this.#send(topicMessages)),
      sendOffsets: guarded((offsets: SentOffsets) => this.#sendOffsets(offsets)),
      commit: ending(true),
      abort: ending(false),
    }
  }

  #init(): Promise<ProducerEpoch> {
    return this.#ask('InitProducerId', () => this.#parts.broker.transactions.init(this.#config.transactionalId))
  }

  /** One request a broker. What fails is tried again, with the same sequence, at the brokers that have not answered. */
  async #send(topics: readonly SentTopic[]): Promise<void> {
    const answered = new Set<number>()
    const attempt = async () => {
      const byBroker = Map.groupBy(this.#batchesOf(topics), brokerOf)
      const left = [...byBroker].filter(([broker]) => !answered.has(broker))
      const done = await Promise.allSettled(
        left.map(async ([broker, batches]) => {
          await this.#produce(batches)
          answered.add(broker)
        }),
      )
      const failed = done.find((each) => each.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    }
    await this.#retrying(attempt, isRetriable)
  }

  async #produce(batches: readonly SequencedBatch[]): Promise<void> {
    const { broker } = this.#parts
    const logs = batches.map(({ topic, partition }) => broker.log(topic, partition))
    const missing = logs.filter((log) => !this.#added.has(log))
    if (missing.length > 0) {
      await this.#ask('AddPartitionsToTxn', () => broker.transactions.add(this.#request(), missing))
      for (const log of missing) this.#added.add(log)
    }
    await this.#ask('Produce', () => broker.produce(this.#request(), batches), 'NOT_LEADER_FOR_PARTITION')
    for (const batch of batches) this.#sequences.set(partitionName(batch), batch.sequence + batch.length)
  }

  #batchesOf(topics: readonly SentTopic[]): SequencedBatch[] {
    return topics.flatMap(({ topic, messages }) => {
      const partitionMetadata = this.#parts.broker.partitionsOf(topic)
      const grouped = groupMessagesPerPartition({ topic, messages, partitionMetadata, partitioner: this.#partitionOf })
      return Object.entries(grouped).map(([partition, batch]) => {
        const sequence = this.#sequences.get(partitionName({ topic, partition: Number(partition) })) ?? 0
        const sending = { batch, sequence, ...this.#request() }
        return { topic, partition: Number(partition), sequence, length: batch.length, records: recordsSent(sending) }
      })
    })
  }

  async #sendOffsets({ topics }: SentOffsets): Promise<void> {
    const { broker } = this.#parts
    await this.#ask('AddOffsetsToTxn', () => broker.transactions.add(this.#request(), [broker.offsets]))
    this.#added.add(broker.offsets)
    const commits = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ offset, ...rest }): OffsetCommit => ({ topic, offset: Number(offset), ...rest })),
    )
    const attempt = () => this.#ask('TxnOffsetCommit', () => broker.commitOffsets(this.#request(), commits))
    await this.#retrying(attempt, (error) => OFFSETS_RETRIED.includes(typeOf(error) ?? ''))
  }

  async #end(isCommit: boolean): Promise<void> {
    this.state = 'ending'
    const name = isCommit ? 'EndTxn(commit)' : 'EndTxn(abort)'
    if (this.#added.size > 0)
      await this.#ask(name, () => this.#parts.broker.transactions.end(this.#request(), isCommit))
    this.state = 'ready'
  }

  #request() {
    const { identity } = this
    if (identity === null) throw protocolError('INVALID_PRODUCER_ID_MAPPING')
    return { transactionalId: this.#config.transactionalId, ...identity }
  }

  #ask<T>(name: string, effect: () => T, refusal = 'GROUP_LOAD_IN_PROGRESS'): Promise<T> {
    return this.#parts.network.request(this.#parts.process, { name: `${name} ${this.#label()}`, effect, refusal })
  }

  #label(): string {
    const partition = this.#config.transactionalId.split('.').at(-1)
    return this.identity === null ? `of ${partition}` : `of ${partition}, epoch ${this.identity.epoch}`
  }

  async #retrying<T>(attempt: () => Promise<T>, isRetried: (error: unknown) => boolean): Promise<T> {
    const { initialRetryTime, maxRetryTime, retries } = this.#config.retry
    for (let tries = 0; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        if (!isRetried(error) || tries >= retries) throw error
        await this.#parts.clock.sleep(Math.min(maxRetryTime, initialRetryTime * 2 ** tries))
      }
    }
  }
}

const BROKERS = 2

/** The topics' leaders are spread. */
function brokerOf({ topic, partition }: ProducedBatch): number {
  return (topic.length + partition) % BROKERS
}
