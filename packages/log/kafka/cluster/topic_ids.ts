// Topics with their ids. kafkajs speaks Metadata up to version 6, and topic ids came with version 10, so this one
// request is encoded and decoded here: version 12 in the flexible format. Kafka has answered it since 2.8. Source: the
// Kafka protocol guide, MetadataRequest and MetadataResponse, version 12; KIP-482 and KIP-516.

import { PlatformError } from '#runtime/errors'
import type { RawBroker, RawCluster } from './raw_cluster.ts'

/** A topic as the cluster knows it. */
export interface TopicMetadata {
  readonly topic: string
  /** 32 hexadecimal digits; another when the topic was deleted and created again. */
  readonly id: string
  readonly partitions: number
  /** False while a partition waits for its leader. */
  readonly led: boolean
}

const METADATA_API = 3
const VERSION = 12
const NO_ERROR = 0
const UNKNOWN_TOPIC = 3
const UUID_BYTES = 16

/** The topics that exist, of those named. */
export async function fetchTopics(cluster: RawCluster, topics: readonly string[]): Promise<TopicMetadata[]> {
  const broker = await cluster.brokerPool.findConnectedBroker()
  refuseOldBroker(broker)
  return broker.connectionPool.send({
    request: {
      apiKey: METADATA_API,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () => {
        const buffer = encodeRequest(topics)
        return { buf: buffer, buffer }
      },
    },
    response: {
      decode: async (payload) => decodeResponse(payload),
      parse: async (found) => found,
    },
  })
}

function refuseOldBroker(broker: RawBroker): void {
  if ((broker.versions[METADATA_API]?.maxVersion ?? 0) >= VERSION) return
  throw new PlatformError('LOG_FAILED', 'this Kafka is older than 2.8 and has no topic ids; use a newer one')
}

/** The body, and before it the tagged fields that end a flexible request header, which kafkajs does not write. */
function encodeRequest(topics: readonly string[]): Buffer {
  const noTags = Buffer.from([0])
  const parts = [noTags, unsignedVarint(topics.length + 1)]
  for (const topic of topics) {
    const name = Buffer.from(topic)
    parts.push(Buffer.alloc(UUID_BYTES), unsignedVarint(name.length + 1), name, noTags)
  }
  const [allowAutoTopicCreation, includeOperations] = [0, 0]
  parts.push(Buffer.from([allowAutoTopicCreation, includeOperations]), noTags)
  return Buffer.concat(parts)
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

function decodeResponse(payload: Buffer): TopicMetadata[] {
  const reader = new FlexibleReader(payload)
  reader.tags()
  reader.int32()
  reader.array(() => {
    reader.int32()
    reader.string()
    reader.int32()
    reader.string()
    reader.tags()
  })
  reader.string()
  reader.int32()
  return reader.array(() => readTopic(reader)).filter((topic) => topic !== undefined)
}

function readTopic(reader: FlexibleReader): TopicMetadata | undefined {
  const error = reader.int16()
  const topic = reader.string() ?? ''
  const id = reader.bytes(UUID_BYTES).toString('hex')
  reader.bytes(1)
  const leaders = reader.array(() => readLeader(reader))
  reader.int32()
  reader.tags()
  if (error === UNKNOWN_TOPIC) return undefined
  if (error !== NO_ERROR) {
    throw new PlatformError('LOG_FAILED', `Kafka says error ${error} of topic ${topic}; see the protocol's error codes`)
  }
  return { topic, id, partitions: leaders.length, led: leaders.every((leader) => leader >= 0) }
}

function readLeader(reader: FlexibleReader): number {
  reader.int16()
  reader.int32()
  const leader = reader.int32()
  reader.int32()
  for (const _ of ['replicas', 'in sync', 'offline']) reader.array(() => reader.int32())
  reader.tags()
  return leader
}

/** Reads the compact types of flexible Kafka messages. */
class FlexibleReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  int16(): number {
    return this.#take(2).readInt16BE()
  }

  int32(): number {
    return this.#take(4).readInt32BE()
  }

  bytes(length: number): Buffer {
    return this.#take(length)
  }

  /** A compact string: its length plus one comes first, 0 for null. */
  string(): string | null {
    const length = this.#varint() - 1
    return length < 0 ? null : this.#take(length).toString('utf8')
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, read)
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint()
      this.#take(this.#varint())
    }
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#take(1).readUInt8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#buffer.length) throw new Error('the Metadata answer is cut short')
    const taken = this.#buffer.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
