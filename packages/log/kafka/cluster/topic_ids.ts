// Topics with their ids. kafkajs speaks Metadata up to version 6, and topic ids came with version 10, so version 12 is
// encoded and decoded here. Kafka has answered it since 2.8. Source: the Kafka protocol guide, MetadataRequest and
// MetadataResponse, version 12; KIP-516.

import { PlatformError } from '#runtime/errors'
import { compactArray, compactString, type FlexibleReader, NO_TAGS, sendFlexible } from './flexible_message.ts'
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
  const api = { apiKey: METADATA_API, apiVersion: VERSION, apiName: 'Metadata' }
  return sendFlexible(broker, api, { request: encodeRequest(topics), read: readResponse })
}

function refuseOldBroker(broker: RawBroker): void {
  if ((broker.versions[METADATA_API]?.maxVersion ?? 0) >= VERSION) return
  throw new PlatformError('LOG_FAILED', 'this Kafka is older than 2.8 and has no topic ids; use a newer one')
}

function encodeRequest(topics: readonly string[]): Buffer {
  const [allowAutoTopicCreation, includeOperations] = [0, 0]
  return Buffer.concat([
    compactArray(topics, (name) => [Buffer.alloc(UUID_BYTES), compactString(name), NO_TAGS]),
    Buffer.from([allowAutoTopicCreation, includeOperations]),
    NO_TAGS,
  ])
}

function readResponse(reader: FlexibleReader): TopicMetadata[] {
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
