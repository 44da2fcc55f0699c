// Records to produce requests: each record gets its partition, and requests stay within their limits. Invariant:
// records of one partition keep their order; a record that no request can hold is refused before any is sent, since a
// request that is refused by the broker may have been written in part.

import type { NewRecord } from '#log/event_log'
import { partitionOfKey } from '#log/partitioner'
import { PlatformError } from '#runtime/errors'
import type { TopicFacts } from '../cluster/topic_facts.ts'
import { SentBatch, type TopicBatches } from '../kafkajs/sent_batches.ts'
import { BATCH_OVERHEAD_BYTES, type KafkaLimits, REQUEST_PARTITION_BYTES_MAX } from '../limits.ts'
import { RecordBatchEncoder } from '../record_batch/encode_batch.ts'
import { NULL_LENGTH, RecordParts } from '../record_batch/record_parts.ts'

/** The batches of one request. Each topic is there once, each of its partitions at most once. */
export type ProduceRequest = readonly TopicBatches[]

/** What the building of requests needs to know. */
export interface RequestContext {
  readonly facts: ReadonlyMap<string, TopicFacts>
  readonly limits: KafkaLimits
  /** Picks the partition of a record without a key. */
  readonly spread: (topic: string, partitions: number) => number
}

/** Splits records into requests. Throws LOG_RECORD_TOO_LARGE, naming the topic and both sizes. */
export function produceRequests(records: readonly NewRecord[], context: RequestContext): ProduceRequest[] {
  const requests: ProduceRequest[] = []
  const parts = new RecordParts()
  const filling = new RequestBuilder(context.limits)
  for (const record of records) {
    const { topic } = record
    const facts = context.facts.get(topic)
    if (facts === undefined) throw new Error(`the facts of topic ${topic} were not asked for`)
    parts.read(record)
    const partition = partitionOf(record, parts, { facts, spread: context.spread })
    const { bytesMax } = parts
    if (bytesMax + BATCH_OVERHEAD_BYTES > facts.batchBytesMax) throw tooLarge(topic, bytesMax, facts.batchBytesMax)
    let batch = filling.batchOf(topic, partition)
    if (!filling.fits(batch, parts, facts)) {
      requests.push(filling.take())
      batch = filling.batchOf(topic, partition)
    }
    filling.add(batch, parts)
  }
  if (!filling.isEmpty) requests.push(filling.take())
  return requests
}

interface PlacingContext extends Pick<RequestContext, 'spread'> {
  readonly facts: TopicFacts
}

function partitionOf(record: NewRecord, { key, keyLength }: RecordParts, { facts, spread }: PlacingContext): number {
  const { topic, partition } = record
  const { partitions } = facts
  if (partition !== undefined) {
    if (partition >= partitions || partition < 0) throw noSuchPartition(topic, partition, partitions)
    return partition
  }
  return keyLength === NULL_LENGTH ? spread(topic, partitions) : partitionOfKey(key, partitions, keyLength)
}

/** Fills one request after another. The encoders, one a partition, serve them all. */
class RequestBuilder {
  readonly #limits: KafkaLimits
  readonly #topics = new Map<string, RecordBatchEncoder[]>()
  #records = 0
  #bytes = 0

  constructor(limits: KafkaLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#records === 0
  }

  batchOf(topic: string, partition: number): RecordBatchEncoder {
    let batches = this.#topics.get(topic)
    if (batches === undefined) {
      batches = []
      this.#topics.set(topic, batches)
    }
    const known = batches[partition]
    if (known !== undefined) return known
    const batch = new RecordBatchEncoder()
    batches[partition] = batch
    return batch
  }

  fits(batch: RecordBatchEncoder, { bytesMax }: RecordParts, { batchBytesMax }: TopicFacts): boolean {
    const { requestRecordsMax, requestBytesMax } = this.#limits
    if (this.isEmpty) return true
    if (this.#records >= requestRecordsMax || this.#bytes + bytesMax > requestBytesMax) return false
    if (batch.recordCount === 0) return true
    return batch.bytes + bytesMax <= Math.min(REQUEST_PARTITION_BYTES_MAX, batchBytesMax)
  }

  add(batch: RecordBatchEncoder, parts: RecordParts): void {
    batch.append(parts)
    this.#records++
    this.#bytes += parts.bytesMax
  }

  take(): ProduceRequest {
    this.#records = 0
    this.#bytes = 0
    return [...this.#topics].map(([topic, batches]) => ({ topic, batches: takenFrom(batches) })).filter(hasBatches)
  }
}

function hasBatches({ batches }: TopicBatches): boolean {
  return batches.length > 0
}

/** `batches` has no entry where a partition was never written to. */
function takenFrom(batches: readonly RecordBatchEncoder[]): SentBatch[] {
  const taken: SentBatch[] = []
  batches.forEach((batch, partition) => {
    if (batch.recordCount > 0) taken.push(new SentBatch(partition, batch.take()))
  })
  return taken
}

function tooLarge(topic: string, bytes: number, bytesMax: number): PlatformError {
  const message = `a record of ${bytes} bytes is larger than topic ${topic} takes (${bytesMax} bytes)`
  const advice = 'make it smaller or raise max.message.bytes of the topic; nothing was published'
  return new PlatformError('LOG_RECORD_TOO_LARGE', `${message}; ${advice}`, { fields: { topic, bytes, bytesMax } })
}

function noSuchPartition(topic: string, partition: number, partitions: number): PlatformError {
  const message = `topic ${topic} has ${partitions} partitions, but a record is meant for partition ${partition}`
  const advice = 'give all topics of the flow the same number of partitions'
  return new PlatformError('LOG_FAILED', `${message}; ${advice}`, { fields: { topic, partition, partitions } })
}
