// The produce request, written without kafkajs's encoder: batches are copied into it as they are, and stamped there
// with what kafkajs says of the producer. Source: kafka.apache.org/protocol, Produce, versions 3 to 7, which are alike.

import { BufferPool } from '../record_batch/buffer_pool.ts'
import { stampBatch } from '../record_batch/encode_batch.ts'
import { SentBatch } from './sent_batches.ts'

/** What kafkajs makes a produce request of. */
export interface ProduceArguments {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null | undefined
  readonly producerId: string
  readonly producerEpoch: number
  readonly topicData: readonly ProducedTopic[]
}

interface ProducedTopic {
  readonly topic: string
  readonly partitions: readonly ProducedPartition[]
}

interface ProducedPartition {
  readonly partition: number
  readonly firstSequence: number
  /** A plain list where somebody else uses kafkajs in this process. */
  readonly messages: SentBatch | readonly unknown[]
}

/** A request whose partitions all have batches of ours. */
export interface BatchRequest extends ProduceArguments {
  readonly topicData: readonly (ProducedTopic & {
    readonly partitions: readonly (ProducedPartition & { readonly messages: SentBatch })[]
  })[]
}

/** Versions of the request that carry batches of format 2. */
export const PRODUCE_VERSIONS = { min: 3, max: 7 } as const

const PRODUCE_KEY = 0
const NULL_LENGTH = -1
/** In front of a request, for its length, its header and our client id. */
const ROOM_BYTES = 512

const POOL = new BufferPool()

/** Whether the request is one of ours. */
export function carriesBatches(given: ProduceArguments): given is BatchRequest {
  return given.topicData.every(({ partitions }) => partitions.every(({ messages }) => messages instanceof SentBatch))
}

/** The request as kafkajs sends it; `now` in epoch milliseconds. */
export function produceRequest(given: BatchRequest, options: { readonly version: number; readonly now: () => number }) {
  let sent: FramedRequest | null = null
  return {
    apiKey: PRODUCE_KEY,
    apiVersion: options.version,
    apiName: 'Produce',
    expectResponse: () => true,
    async encode() {
      sent = encodeProduce(given, options.now())
      return sent
    },
    /** To be called when the answer is here: the broker has the whole request, so nobody sends its bytes any more. */
    answered() {
      sent?.release()
      sent = null
    },
  }
}

/** The request's bytes, with room for its header. */
export function encodeProduce(given: BatchRequest, now: number): FramedRequest {
  const length = ROOM_BYTES + bytesOf(given)
  const bytes = POOL.take(length)
  const { transactionalId = null, producerId, producerEpoch } = given
  const stamp = {
    timestamp: now,
    producerId: BigInt(producerId),
    producerEpoch,
    isTransactional: transactionalId !== null,
  }
  let at = writeText(bytes, ROOM_BYTES, transactionalId)
  at = bytes.writeInt16BE(given.acks, at)
  at = bytes.writeInt32BE(given.timeout, at)
  at = bytes.writeInt32BE(given.topicData.length, at)
  for (const { topic, partitions } of given.topicData) {
    at = writeText(bytes, at, topic)
    at = bytes.writeInt32BE(partitions.length, at)
    for (const { partition, firstSequence, messages } of partitions) {
      at = bytes.writeInt32BE(partition, at)
      const start = bytes.writeInt32BE(messages.bytes.length, at)
      bytes.set(messages.bytes, start)
      at = start + messages.bytes.length
      stampBatch(bytes, { start, end: at }, { ...stamp, firstSequence })
    }
  }
  return new FramedRequest(bytes, { start: ROOM_BYTES, end: length })
}

function bytesOf({ transactionalId, topicData }: BatchRequest): number {
  let bytes = 2 + Buffer.byteLength(transactionalId ?? '') + 2 + 4 + 4
  for (const { topic, partitions } of topicData) {
    bytes += 2 + Buffer.byteLength(topic) + 4
    for (const { messages } of partitions) bytes += 4 + 4 + messages.bytes.length
  }
  return bytes
}

/** A NULLABLE_STRING; returns where it ends. */
function writeText(bytes: Buffer, at: number, text: string | null): number {
  if (text === null) return bytes.writeInt16BE(NULL_LENGTH, at)
  const start = bytes.writeInt16BE(Buffer.byteLength(text), at)
  return start + bytes.write(text, start)
}

/**
 * A request with room in front of it, so that kafkajs can put its header and the length there. Its own way is to copy
 * the whole request behind each of the two. Source: kafkajs/src/protocol/request.js, version 2.2.4.
 */
export class FramedRequest {
  readonly #bytes: Buffer
  readonly #place: { readonly start: number; readonly end: number }

  /** The request is what stands in `bytes` at the place. */
  constructor(bytes: Buffer, place: { readonly start: number; readonly end: number }) {
    this.#bytes = bytes
    this.#place = place
  }

  /** The bytes, by the name that kafkajs asks for. */
  get buffer(): Buffer {
    return this.#bytes.subarray(this.#place.start, this.#place.end)
  }

  size(): number {
    return this.#place.end - this.#place.start
  }

  /** The request with bytes before it. To be asked for once: it writes them into the room. */
  behind(before: Buffer): FramedRequest {
    const { start, end } = this.#place
    if (start < before.length) {
      const joined = Buffer.concat([before, this.buffer])
      return new FramedRequest(joined, { start: 0, end: joined.length })
    }
    before.copy(this.#bytes, start - before.length)
    return new FramedRequest(this.#bytes, { start: start - before.length, end })
  }

  /** Gives its bytes up. */
  release(): void {
    POOL.give(this.#bytes)
  }
}
