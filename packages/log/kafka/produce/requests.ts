// Records to produce requests: each record gets its partition, and requests stay within their limits. Invariant:
// records of one partition keep their order; a record that no request can hold is refused before any is sent, since a
// request that is refused by the broker may have been written in part.

import { areColumns, type NewRecord, type NewRecordColumns, type NewRecords } from '#log/event_log'
import { murmur2, partitionOfHash } from '#log/partitioner'
import { PlatformError } from '#runtime/errors'
import type { TopicFacts } from '../cluster/topic_facts.ts'
import { SentBatch, type TopicBatches } from '../kafkajs/sent_batches.ts'
import {
  BATCH_OVERHEAD_BYTES,
  type KafkaLimits,
  RECORD_OVERHEAD_BYTES,
  REQUEST_PARTITION_BYTES_MAX,
} from '../limits.ts'
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
export function produceRequests(records: NewRecords, context: RequestContext): ProduceRequest[] {
  const parts = new RecordParts()
  if (areColumns(records)) {
    const builder = new RequestBuilder(context, bytesOf(records))
    const destination = { topic: records.topic }
    for (let row = 0; row < records.length; row++) {
      parts.readRow(records, row)
      builder.add(destination, parts)
    }
    return builder.end()
  }
  const builder = new RequestBuilder(context, 0)
  for (const record of records) {
    parts.read(record)
    builder.add(record, parts)
  }
  return builder.end()
}

/** About how many bytes the records of columns take in all; what is between them is little. */
function bytesOf({ length, valueStarts, valueEnds }: NewRecordColumns): number {
  if (length === 0) return 0
  const values = (valueEnds[length - 1] as number) - (valueStarts[0] as number)
  return values + length * RECORD_OVERHEAD_BYTES
}

/** Room for partitions that get more than their share; a batch that needs still more room is copied once. */
const UNEVENNESS = 1.25

/** Where a record is meant to go. */
type Destination = Pick<NewRecord, 'topic' | 'partition'>

/** Where the records are meant to go; columns have one topic for all of them. */
export function destinationsOf(records: NewRecords): Iterable<Destination> {
  return areColumns(records) ? [{ topic: records.topic }] : records
}

/** Fills one request after another. */
class RequestBuilder {
  readonly #context: RequestContext
  /** About how many bytes of all records go to one partition of a topic. */
  readonly #partitionBytes: (partitions: number) => number
  readonly #requests: ProduceRequest[] = []
  readonly #topics = new Map<string, FilledTopic>()
  #records = 0
  #bytes = 0

  constructor(context: RequestContext, bytes: number) {
    this.#context = context
    this.#partitionBytes = (partitions) =>
      Math.min(REQUEST_PARTITION_BYTES_MAX, Math.ceil((bytes * UNEVENNESS) / partitions))
  }

  add(destination: Destination, parts: RecordParts): void {
    const topic = this.#topics.get(destination.topic) ?? this.#begin(destination.topic)
    const { facts } = topic
    const { bytesMax } = parts
    const { batchBytesMax } = facts
    if (bytesMax + BATCH_OVERHEAD_BYTES > batchBytesMax) throw tooLarge(destination.topic, bytesMax, batchBytesMax)
    const partition = this.#partitionOf(destination, parts, facts)
    if (!this.#fits(topic.batches[partition], bytesMax, facts)) this.#take()
    const batch = topic.batches[partition] ?? new RecordBatchEncoder(this.#partitionBytes(facts.partitions))
    topic.batches[partition] = batch
    batch.append(parts)
    this.#records++
    this.#bytes += bytesMax
  }

  /** All requests. */
  end(): ProduceRequest[] {
    if (this.#records > 0) this.#take()
    return this.#requests
  }

  #begin(topic: string): FilledTopic {
    const facts = this.#context.facts.get(topic)
    if (facts === undefined) throw new Error(`the facts of topic ${topic} were not asked for`)
    const begun = { facts, batches: [] }
    this.#topics.set(topic, begun)
    return begun
  }

  #partitionOf({ topic, partition }: Destination, parts: RecordParts, { partitions }: TopicFacts): number {
    if (partition !== undefined) {
      if (partition >= partitions || partition < 0) throw noSuchPartition(topic, partition, partitions)
      return partition
    }
    const { key, keyStart, keyLength } = parts
    if (keyLength === NULL_LENGTH) return this.#context.spread(topic, partitions)
    return partitionOfHash(murmur2(key, keyStart, keyStart + keyLength), partitions)
  }

  #fits(batch: RecordBatchEncoder | undefined, bytesMax: number, { batchBytesMax }: TopicFacts): boolean {
    const { requestRecordsMax, requestBytesMax } = this.#context.limits
    if (this.#records === 0) return true
    if (this.#records >= requestRecordsMax || this.#bytes + bytesMax > requestBytesMax) return false
    if (batch === undefined) return true
    return batch.bytes + bytesMax <= Math.min(REQUEST_PARTITION_BYTES_MAX, batchBytesMax)
  }

  #take(): void {
    const request: TopicBatches[] = []
    for (const [topic, filled] of this.#topics) {
      if (filled.batches.length > 0) request.push({ topic, batches: sentBatches(filled.batches) })
      filled.batches = []
    }
    this.#requests.push(request)
    this.#records = 0
    this.#bytes = 0
  }
}

/** A topic, and the batches of it that are being filled, by partition. */
interface FilledTopic {
  readonly facts: TopicFacts
  batches: RecordBatchEncoder[]
}

/** `batches` has no entry where nothing was written to a partition. */
function sentBatches(batches: readonly RecordBatchEncoder[]): SentBatch[] {
  const sent: SentBatch[] = []
  batches.forEach((batch, partition) => {
    sent.push(new SentBatch(partition, batch.end()))
  })
  return sent
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
