// The producer's side: one idempotent producer, requests strictly one after another. kafkajs numbers records per send
// and takes the numbers back on failure, so two sends at once, or a send after a failed one, could be taken for
// repetitions. Invariant: after any failure the producer is thrown away; the next one has another producer id.

import type { Producer } from 'kafkajs'
import type { NewRecords } from '#log/event_log'
import { roundRobin } from '#log/partitioner'
import { PlatformError } from '#runtime/errors'
import type { TopicFactsCache } from '../cluster/topic_facts.ts'
import { inTime } from '../deadline.ts'
import type { KafkaClient } from '../kafkajs/client.ts'
import { releaseBatches, topicMessagesOf } from '../kafkajs/sent_batches.ts'
import { type GivenPartitioner, givenPartitioner } from './given_partitioner.ts'
import { destinationsOf, type ProduceRequest, produceRequests } from './requests.ts'

/** About a minute of refusals by a broker that answers; publishTimeoutMs may cut it short. */
const PRODUCE_RETRY = { initialRetryTime: 100, maxRetryTime: 3_000, retries: 24 }

/** Publishes in the order of the calls. */
export class Publisher {
  readonly #client: KafkaClient
  readonly #facts: TopicFactsCache
  readonly #spread = roundRobin()
  #current: { readonly producer: Producer; readonly partitioner: GivenPartitioner } | null = null
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(client: KafkaClient, facts: TopicFactsCache) {
    this.#client = client
    this.#facts = facts
  }

  /** See EventLog.publish. */
  async publish(records: NewRecords): Promise<void> {
    if (records.length === 0) return
    this.#refuseTooMany()
    this.#waiting++
    const before = this.#last
    const own = before.then(() => this.#publishNow(records))
    this.#last = own.catch(() => {})
    try {
      await own
    } finally {
      this.#waiting--
    }
  }

  async close(): Promise<void> {
    const { limits, clock } = this.#client
    await inTime(this.#last, { ms: limits.closeMs, clock })
    await inTime(this.#discard(), { ms: limits.closeMs, clock })
  }

  #refuseTooMany(): void {
    if (this.#waiting < this.#client.limits.publishesWaitingMax) return
    const message = `${this.#waiting} publishes wait for Kafka already; publish less, or larger batches`
    throw new PlatformError('LOG_FAILED', message, { retryable: true })
  }

  async #publishNow(records: NewRecords): Promise<void> {
    const facts = await this.#facts.of(destinationsOf(records))
    const requests = produceRequests(records, { facts, limits: this.#client.limits, spread: this.#spread })
    for (const request of requests) await this.#send(request)
  }

  async #send(request: ProduceRequest): Promise<void> {
    const { limits, clock } = this.#client
    const doing = `publish to ${request.map(({ topic }) => topic).join(', ')}`
    try {
      const producer = await this.#connected()
      const sending = this.#sayingWhenSlow(producer.sendBatch({ topicMessages: topicMessagesOf(request) }), doing)
      const outcome = await inTime(sending, { ms: limits.publishTimeoutMs, clock })
      if (outcome.kind === 'late') throw this.#unacknowledged(doing)
      releaseBatches(request)
    } catch (error) {
      this.#facts.forget()
      void this.#discard()
      throw this.#client.errorOf(error, doing)
    }
  }

  async #connected(): Promise<Producer> {
    if (this.#current !== null) return this.#current.producer
    await this.#client.reach()
    const partitioner = givenPartitioner()
    const producer = this.#client.patientKafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner.create,
      retry: PRODUCE_RETRY,
    })
    this.#current = { producer, partitioner }
    await producer.connect()
    return producer
  }

  async #sayingWhenSlow<T>(sending: Promise<T>, doing: string): Promise<T> {
    const { clock, limits, logger, brokers } = this.#client
    const done = new AbortController()
    const watch = async () => {
      for (let waitedMs = limits.publishSlowMs; ; waitedMs += limits.publishSlowMs) {
        await clock.sleep(limits.publishSlowMs, done.signal)
        if (done.signal.aborted) return
        logger.warn({ waitedMs }, `Kafka at ${brokers.join(',')} is slow to ${doing}: ${waitedMs / 1000} s so far`)
      }
    }
    void watch()
    return await sending.finally(() => done.abort())
  }

  #unacknowledged(doing: string): PlatformError {
    const { limits, brokers } = this.#client
    const message = `Kafka at ${brokers.join(',')} did not acknowledge in ${limits.publishTimeoutMs} ms to ${doing}`
    return new PlatformError('LOG_UNREACHABLE', `${message}; records may or may not be there`, { retryable: true })
  }

  async #discard(): Promise<void> {
    const current = this.#current
    this.#current = null
    current?.partitioner.giveUp()
    await current?.producer.disconnect().catch(() => {})
  }
}
