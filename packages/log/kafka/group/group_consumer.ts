// One life of a kafkajs consumer: joins the group, hands its batches over one by one, and dies as a whole. kafkajs
// would restart itself after a crash; here the run decides, so that it knows what has become void. kafkajs has no hook
// for revocation, and does not wait for its listeners: the join listener must act within the call.

import type { Batch, Consumer } from 'kafkajs'
import type { PartitionCommit, RunOptions, TopicPartition } from '#log/event_log'
import { messageOf } from '#runtime/errors'
import type { KafkaClient } from '../kafkajs/client.ts'
import type { FetchedBatch } from '../kafkajs/fetched_batch.ts'
import { postponeRejoins } from '../kafkajs/rejoins.ts'
import type { Fetching } from './run_context.ts'

/** What the run hears of its consumer. */
export interface ConsumerEvents {
  /** The group was joined; called before anything is fetched. */
  joined(memberId: string, partitions: readonly TopicPartition[]): void
  /** Whether the member is to get on before it joins again. */
  owesSteps(): boolean
  /** The group has accepted a heartbeat of this member. */
  confirmed(): void
  /** A fetch was answered, empty or not. */
  answered(): void
  /** Must not reject. Nothing more of the partition is fetched before it resolves. */
  batch(batch: FetchedBatch): Promise<void>
}

/** Patience within one life; what takes longer ends it. The delays grow from 100 ms to 2 s. */
const LIFE_RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 }

/** A member of a group. */
export class GroupConsumer implements Fetching {
  readonly #client: KafkaClient
  readonly #options: RunOptions
  readonly #consumer: Consumer
  readonly #ended = Promise.withResolvers<{ readonly error?: unknown }>()
  #stopped = false
  #endPostponing = () => {}

  constructor(client: KafkaClient, options: RunOptions) {
    const { limits } = client
    this.#client = client
    this.#options = options
    this.#consumer = client.newKafka().consumer({
      groupId: options.group,
      sessionTimeout: limits.sessionTimeoutMs,
      rebalanceTimeout: limits.rebalanceTimeoutMs,
      heartbeatInterval: limits.heartbeatIntervalMs,
      maxWaitTimeInMs: limits.fetchWaitMs,
      maxBytesPerPartition: limits.fetchPartitionBytesMax,
      maxBytes: limits.fetchBytesMax,
      maxInFlightRequests: 1,
      metadataMaxAge: limits.metadataAgeMaxMs,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      retry: { ...LIFE_RETRY, restartOnFailure: async () => false },
    })
  }

  /** Lives until it is stopped or crashes; resolves with the error of the crash. */
  async live(events: ConsumerEvents): Promise<{ readonly error?: unknown }> {
    const consumer = this.#consumer
    this.#listen(events)
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...this.#options.topics] })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.#client.limits.partitionsAtOnceMax,
        eachBatch: ({ batch, heartbeat }) => this.#handle(events, batch as Batch & FetchedBatch, heartbeat),
      })
    } catch (error) {
      this.#ended.resolve({ error })
    }
    // Stopped while it was still joining, kafkajs would go on fetching for nobody.
    if (this.#stopped) void consumer.disconnect().catch(() => {})
    return this.#ended.promise
  }

  /** Leaves the group and disconnects. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#endPostponing()
    this.#ended.resolve({})
    await this.#consumer.disconnect().catch((error: unknown) => {
      this.#client.logger.debug({ reason: messageOf(error) }, 'the consumer did not disconnect')
    })
  }

  seek({ topic, partition }: TopicPartition, position: number): void {
    this.#whileAlive(() => this.#consumer.seek({ topic, partition, offset: String(position) }))
  }

  pause({ topic, partition }: TopicPartition): void {
    this.#whileAlive(() => this.#consumer.pause([{ topic, partitions: [partition] }]))
  }

  resume({ topic, partition }: TopicPartition): void {
    this.#whileAlive(() => this.#consumer.resume([{ topic, partitions: [partition] }]))
  }

  async commitOffsets(commits: readonly PartitionCommit[]): Promise<void> {
    const offsets = commits.map(({ topic, partition, next, metadata }) => {
      return { topic, partition, offset: String(next), metadata }
    })
    await this.#consumer.commitOffsets(offsets)
  }

  #listen(events: ConsumerEvents): void {
    const consumer = this.#consumer
    const names = consumer.events
    consumer.on(names.GROUP_JOIN, ({ payload }) => {
      if (this.#stopped) return
      this.#endPostponing()
      this.#endPostponing = postponeRejoins(payload.memberId, () => events.owesSteps())
      events.joined(payload.memberId, partitionsOf(payload.memberAssignment))
    })
    consumer.on(names.HEARTBEAT, () => events.confirmed())
    consumer.on(names.REQUEST, ({ payload }) => {
      if (payload.apiName === 'Fetch') events.answered()
    })
    consumer.on(names.CRASH, ({ payload }) => {
      this.#endPostponing()
      this.#ended.resolve({ error: payload.error })
    })
  }

  /** Beats while the batch is worked on; a failed beat is found again by kafkajs itself when the batch is done. */
  async #handle(events: ConsumerEvents, batch: FetchedBatch, heartbeat: () => Promise<void>): Promise<void> {
    if (this.#stopped) return
    const done = new AbortController()
    void this.#beatUntil(done.signal, heartbeat)
    try {
      await events.batch(batch)
    } finally {
      done.abort()
    }
  }

  async #beatUntil(done: AbortSignal, heartbeat: () => Promise<void>): Promise<void> {
    const { limits, clock } = this.#client
    for (;;) {
      await clock.sleep(limits.heartbeatIntervalMs, done)
      if (done.aborted) return
      void heartbeat().catch(() => {})
    }
  }

  /** kafkajs throws when its consumer is gone; then there is nothing to steer, and the next join starts afresh. */
  #whileAlive(steer: () => void): void {
    try {
      steer()
    } catch (error) {
      this.#client.logger.debug({ reason: messageOf(error) }, 'the consumer is gone')
    }
  }
}

function partitionsOf(assignment: Readonly<Record<string, readonly number[]>>): TopicPartition[] {
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
