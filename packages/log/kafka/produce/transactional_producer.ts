// The transactional producer of one input partition. Its id names the partition, so whoever opens the partition next
// fences it: a zombie commits nothing any more. Invariant: after any failure or timeout the outcome is unknown and the
// producer is of no more use; opening the next one ends its transaction before anything is read.

import type { Producer, Transaction } from 'kafkajs'
import type { TopicPartition } from '#log/event_log'
import type { RecordsCommit } from '#log/source_position'
import { PlatformError } from '#runtime/errors'
import { backoffMs } from '#runtime/retry'
import { inTime } from '../deadline.ts'
import type { KafkaClient } from '../kafkajs/client.ts'
import { isConcurrentTransactions } from '../kafkajs/errors.ts'
import { releaseBatches, topicMessagesOf } from '../kafkajs/sent_batches.ts'
import { type GivenPartitioner, givenPartitioner } from './given_partitioner.ts'
import type { ProduceRequest } from './requests.ts'

/** Back-to-back transactions meet CONCURRENT_TRANSACTIONS for one or two milliseconds. In all about 8 s. */
const TRANSACTION_RETRY = { initialRetryTime: 2, maxRetryTime: 1_000, retries: 16 }

/** Which partition a producer is for. */
export interface ProducerIdentity extends TopicPartition {
  readonly group: string
}

/** The transactional id of a partition's producer. */
export function transactionalIdOf({ group, topic, partition }: ProducerIdentity): string {
  return `tickerlake.${group}.${topic}.${partition}`
}

/** Opens a partition's producer. When it resolves, no transaction of a predecessor is open or can be committed. */
export async function openTransactionalProducer(
  client: KafkaClient,
  identity: ProducerIdentity,
): Promise<TransactionalProducer> {
  const opened = new TransactionalProducer(client, identity)
  try {
    await opened.fence()
    return opened
  } catch (error) {
    opened.discard()
    throw client.errorOf(error, `open the transactions of ${transactionalIdOf(identity)}`)
  }
}

export type { TransactionalProducer }

/** A producer that has fenced all before it: only `openTransactionalProducer` makes one. */
class TransactionalProducer {
  readonly #client: KafkaClient
  readonly #identity: ProducerIdentity
  readonly #producer: Producer
  readonly #partitioner: GivenPartitioner = givenPartitioner()
  #active: Transaction | null = null
  #mayHaveCommitted = false

  constructor(client: KafkaClient, identity: ProducerIdentity) {
    this.#client = client
    this.#identity = identity
    this.#producer = client.kafka.producer({
      transactionalId: transactionalIdOf(identity),
      transactionTimeout: client.limits.transactionTimeoutMs,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: this.#partitioner.create,
      retry: TRANSACTION_RETRY,
    })
  }

  /** Commits outputs, offset and metadata as one. When it throws, whether they are there is unknown. */
  async commit(commit: RecordsCommit, outputs: readonly ProduceRequest[]): Promise<void> {
    await this.#inTime(this.#commitNow(commit, outputs), 'commit')
  }

  /** Whether a failed commit may be there all the same: it was asked for, or what leads to it still goes on. */
  get mayHaveCommitted(): boolean {
    return this.#mayHaveCommitted
  }

  /** Throws the producer away without waiting. */
  discard(): void {
    this.#partitioner.giveUp()
    void this.#producer.disconnect().catch(() => {})
  }

  /** Ends the producer in good order; an open transaction is aborted, so that no reader waits for its timeout. */
  async close(): Promise<void> {
    this.#partitioner.giveUp()
    if (this.#active?.isActive()) await this.#active.abort().catch(() => {})
    await this.#producer.disconnect().catch(() => {})
  }

  /** Fences the producers that had the partition before, and ends their transactions. Called once, first. */
  async fence(): Promise<void> {
    await this.#inTime(this.#initialise(), 'open')
  }

  /** kafkajs asks for the producer id, which is what fences, in the first transaction only. */
  async #initialise(): Promise<void> {
    await this.#producer.connect()
    const transaction = await this.#producer.transaction()
    await transaction.abort()
  }

  async #commitNow(commit: RecordsCommit, outputs: readonly ProduceRequest[]): Promise<void> {
    const transaction = await this.#producer.transaction()
    this.#active = transaction
    for (const request of outputs) {
      await transaction.sendBatch({ topicMessages: topicMessagesOf(request) })
      releaseBatches(request)
    }
    await this.#sendOffset(transaction, commit)
    this.#mayHaveCommitted = true
    await transaction.commit()
    this.#mayHaveCommitted = false
  }

  /** As the first call of a transaction this one is not retried by kafkajs while the one before still ends. */
  async #sendOffset(transaction: Transaction, commit: RecordsCommit): Promise<void> {
    const { limits, clock } = this.#client
    const policy = {
      attemptsMax: limits.concurrentAttemptsMax,
      delayMinMs: limits.concurrentDelayMinMs,
      delayMaxMs: limits.concurrentDelayMaxMs,
    }
    const partitions = [{ partition: commit.partition, offset: String(commit.next), metadata: commit.metadata }]
    const offsets = { consumerGroupId: this.#identity.group, topics: [{ topic: commit.topic, partitions }] }
    for (let attempt = 1; ; attempt++) {
      try {
        return await transaction.sendOffsets(offsets)
      } catch (error) {
        if (!isConcurrentTransactions(error) || attempt >= policy.attemptsMax) throw error
        await clock.sleep(backoffMs(attempt, policy, () => 1))
      }
    }
  }

  async #inTime<T>(work: Promise<T>, what: string): Promise<T> {
    const { limits, clock, brokers } = this.#client
    const outcome = await inTime(work, { ms: limits.transactionWaitMs, clock })
    if (outcome.kind === 'done') return outcome.value
    this.#mayHaveCommitted = true
    const message = `Kafka at ${brokers.join(',')} did not ${what} a transaction in ${limits.transactionWaitMs} ms`
    throw new PlatformError('LOG_UNREACHABLE', `${message}; it is tried again`, { retryable: true })
  }
}
