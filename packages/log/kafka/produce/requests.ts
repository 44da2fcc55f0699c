// Records to produce requests: each record gets its partition, and requests stay within their limits. Invariant:
// records of one partition keep their order; a record that no request can hold is refused before any is sent, since a
// request that is refused by the broker may have been written in part.

import type { Message, TopicMessages } from 'kafkajs'
import type { NewRecord } from '#log/event_log'
import { partitionOfKey } from '#log/partitioner'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { TopicFacts } from '../cluster/topic_facts.ts'
import {
  BATCH_OVERHEAD_BYTES,
  HEADER_OVERHEAD_BYTES,
  type KafkaLimits,
  RECORD_OVERHEAD_BYTES,
  REQUEST_PARTITION_BYTES_MAX,
} from '../limits.ts'

/** The messages of one request, by topic. Every message names its partition. */
export type ProduceRequest = TopicMessages[]

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
  const headersOf = headerEncoder()
  let filling = new RequestBuilder(context.limits)
  for (const record of records) {
    const placed = place(record, headersOf, context)
    if (!filling.fits(placed)) {
      requests.push(filling.build())
      filling = new RequestBuilder(context.limits)
    }
    filling.add(placed)
  }
  if (!filling.isEmpty) requests.push(filling.build())
  return requests
}

interface PlacedRecord {
  readonly topic: string
  readonly partition: number
  readonly message: Message
  readonly bytes: number
  readonly batchBytesMax: number
}

function place(record: NewRecord, headersOf: HeaderEncoder, { facts, spread }: RequestContext): PlacedRecord {
  const { topic } = record
  const topicFacts = facts.get(topic)
  if (topicFacts === undefined) throw new Error(`the facts of topic ${topic} were not asked for`)
  const key = bufferOf(record.key)
  const partition = record.partition ?? choose(key, topicFacts.partitions, () => spread(topic, topicFacts.partitions))
  if (partition >= topicFacts.partitions || partition < 0)
    throw noSuchPartition(topic, partition, topicFacts.partitions)
  const value = bufferOf(record.value)
  const message: Message = { key, value, partition }
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES
  if (record.headers !== undefined) {
    const encoded = headersOf(record.headers)
    message.headers = encoded.headers
    bytes += encoded.bytes
  }
  const { batchBytesMax } = topicFacts
  if (bytes + BATCH_OVERHEAD_BYTES > batchBytesMax) throw tooLarge(topic, bytes, batchBytesMax)
  return { topic, partition, message, bytes, batchBytesMax }
}

interface EncodedHeaders {
  readonly headers: Record<string, Buffer>
  readonly bytes: number
}

type HeaderEncoder = (headers: NonNullable<NewRecord['headers']>) => EncodedHeaders

/** Encodes headers; records in a row often share one object, as those of a replay do. */
function headerEncoder(): HeaderEncoder {
  let last: NewRecord['headers']
  let encoded: EncodedHeaders = { headers: {}, bytes: 0 }
  return (given) => {
    if (given === last) return encoded
    const headers: Record<string, Buffer> = {}
    let bytes = 0
    for (const [name, content] of Object.entries(given)) {
      const header = bufferOf(content) ?? Buffer.alloc(0)
      headers[name] = header
      bytes += Buffer.byteLength(name) + header.length + HEADER_OVERHEAD_BYTES
    }
    last = given
    encoded = { headers, bytes }
    return encoded
  }
}

function choose(key: Buffer | null, partitions: number, spread: () => number): number {
  return key === null ? spread() : partitionOfKey(key, partitions)
}

class RequestBuilder {
  readonly #limits: KafkaLimits
  readonly #messages = new Map<string, Message[]>()
  readonly #partitions = new Map<string, { records: number; bytes: number }>()
  #records = 0
  #bytes = 0

  constructor(limits: KafkaLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#records === 0
  }

  fits(placed: PlacedRecord): boolean {
    const { bytes, batchBytesMax } = placed
    const { requestRecordsMax, requestBytesMax, requestPartitionRecordsMax } = this.#limits
    if (this.isEmpty) return true
    if (this.#records >= requestRecordsMax || this.#bytes + bytes > requestBytesMax) return false
    const batch = this.#partitions.get(partitionName(placed))
    if (batch === undefined) return true
    const bytesMax = Math.min(REQUEST_PARTITION_BYTES_MAX, batchBytesMax) - BATCH_OVERHEAD_BYTES
    return batch.records < requestPartitionRecordsMax && batch.bytes + bytes <= bytesMax
  }

  add(placed: PlacedRecord): void {
    const { topic, message, bytes } = placed
    const messages = this.#messages.get(topic)
    if (messages === undefined) this.#messages.set(topic, [message])
    else messages.push(message)
    const key = partitionName(placed)
    const batch = this.#partitions.get(key) ?? { records: 0, bytes: 0 }
    this.#partitions.set(key, batch)
    batch.records++
    batch.bytes += bytes
    this.#records++
    this.#bytes += bytes
  }

  build(): ProduceRequest {
    return [...this.#messages].map(([topic, messages]) => ({ topic, messages }))
  }
}

function bufferOf(content: Uint8Array | string | null): Buffer | null {
  if (content === null) return null
  if (typeof content === 'string') return Buffer.from(content)
  return Buffer.isBuffer(content) ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
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
