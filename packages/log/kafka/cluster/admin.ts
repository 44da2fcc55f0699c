// What the log asks of the cluster besides records: its topics, their ranges, the offsets of a group.
// Ends are high watermarks, so that an undecided transaction counts as something left to read.

import type { Admin } from 'kafkajs'
import type { CommittedOffset, PartitionRange, TopicInfo, TopicSpec } from '#log/event_log'
import { PlatformError } from '#runtime/errors'
import { type Offset, offset } from '#runtime/units'
import { inTime } from '../deadline.ts'
import type { KafkaClient } from '../kafkajs/client.ts'
import { Connection } from '../kafkajs/connection.ts'
import { MESSAGE_BYTES_DEFAULT } from '../limits.ts'
import { freshRead } from './fresh_read.ts'
import { decidedOffsets, type OffsetsQuestion, type OffsetsSource } from './group_offsets.ts'
import { clusterConnection, type RawCluster } from './raw_cluster.ts'
import { fetchTopics, type TopicMetadata } from './topic_ids.ts'

const TOPIC_RESOURCE = 2
const BROKER_DEFAULT = -1
const TOPIC_READY_CHECK_MS = 50

/** The admin side of the log. */
export class KafkaAdmin {
  readonly #client: KafkaClient
  readonly #cluster: Connection<RawCluster>
  readonly #admin: Connection<Admin>
  readonly #ranges = new Map<string, () => Promise<readonly PartitionRange[]>>()
  readonly #committed = new Map<string, () => Promise<ReadonlyMap<number, CommittedOffset>>>()

  constructor(client: KafkaClient) {
    this.#client = client
    this.#cluster = clusterConnection(client)
    this.#admin = new Connection({ open: () => connect(client), close: (admin) => admin.disconnect() })
  }

  clusterId(): Promise<string> {
    return this.#ask('ask for the cluster id', async (admin) => (await admin.describeCluster()).clusterId)
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    const existing = new Set((await this.topics(specs.map((spec) => spec.topic))).map((each) => each.topic))
    const missing = specs.filter((spec) => !existing.has(spec.topic))
    if (missing.length === 0) return
    await this.#ask(`create the topics ${missing.map((spec) => spec.topic).join(', ')}`, (admin) =>
      admin.createTopics({ topics: missing.map(topicConfig), waitForLeaders: false }),
    )
    await this.#untilLed(missing.map((spec) => spec.topic))
  }

  async describeTopics(topics: readonly string[]): Promise<TopicInfo[]> {
    return (await this.topics(topics)).map(({ topic, id, partitions }) => ({ topic, id, partitions }))
  }

  /** The topics that exist, in the order of their names in `topics`. */
  async topics(topics: readonly string[]): Promise<TopicMetadata[]> {
    if (topics.length === 0) return []
    const found = await this.#client.ask(`describe the topics ${topics.join(', ')}`, () =>
      this.#cluster.use((cluster) => fetchTopics(cluster, topics)),
    )
    return found.sort((a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic))
  }

  /** The ranges of all partitions, by number; asked for after the call, in a request shared with others. */
  ranges(topic: string): Promise<readonly PartitionRange[]> {
    return shared(this.#ranges, topic, () => this.#readRanges(topic))
  }

  /**
   * What the group has committed, as it stands; asked for after the call, in a request shared with others. Opening a
   * producer ends what was under way before, so of its partition all that was committed is there, from Kafka 4.0 on.
   * A broker before that answers the opening while another thread still takes the offsets over, so the newest commit
   * may be missing for a moment, as it may of all other partitions.
   */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, CommittedOffset>> {
    return shared(this.#committed, `${group} ${topic}`, () => this.#readCommitted(group, topic))
  }

  /** The same, with all that was committed before the call: waits for what is undecided. Throws STOPPED. */
  decided(question: OffsetsQuestion): Promise<ReadonlyMap<number, CommittedOffset>> {
    const client = this.#client
    const ask: OffsetsSource['ask'] = (once) =>
      client.ask(`ask for the offsets of group ${question.group} in ${question.topic}`, () => this.#cluster.use(once))
    return decidedOffsets({ client, ask }, question)
  }

  /** Takes a member out of its group, so that the others need not wait for its session to time out. */
  async leaveGroup(groupId: string, memberId: string): Promise<void> {
    await this.#client.ask(`leave the group ${groupId}`, () =>
      this.#cluster.use(async (cluster) => {
        await cluster.refreshMetadata()
        const coordinator = await cluster.findGroupCoordinator({ groupId })
        await coordinator.leaveGroup({ groupId, memberId })
      }),
    )
  }

  /** The largest batch that the topic takes, in bytes. */
  async messageBytesMax(topic: string): Promise<number> {
    const name = 'max.message.bytes'
    const resources = [{ type: TOPIC_RESOURCE, name: topic, configNames: [name] }]
    const found = await this.#ask(`read the settings of ${topic}`, (admin) =>
      admin.describeConfigs({ resources, includeSynonyms: false }),
    )
    const value = found.resources[0]?.configEntries.find((entry) => entry.configName === name)?.configValue
    return Number(value ?? MESSAGE_BYTES_DEFAULT)
  }

  async close(): Promise<void> {
    const { limits, clock } = this.#client
    await inTime(Promise.all([this.#cluster.close(), this.#admin.close()]), { ms: limits.closeMs, clock })
  }

  #ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#client.ask(doing, () => this.#admin.use(question))
  }

  #readRanges(topic: string): Promise<readonly PartitionRange[]> {
    return this.#client.ask(`ask for the offsets of ${topic}`, () =>
      this.#cluster.use((cluster) => fetchRanges(cluster, topic)),
    )
  }

  async #readCommitted(group: string, topic: string): Promise<ReadonlyMap<number, CommittedOffset>> {
    const found = await this.#ask(`ask for the offsets of group ${group} in ${topic}`, (admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    )
    const committed = new Map<number, CommittedOffset>()
    for (const each of found.flatMap(({ partitions }) => partitions)) {
      const at = Number(each.offset)
      if (at >= 0) committed.set(each.partition, { offset: offset(at), metadata: each.metadata ?? '' })
    }
    return committed
  }

  async #untilLed(topics: readonly string[]): Promise<void> {
    const { clock, limits } = this.#client
    const deadline = clock.now() + limits.topicReadyMs
    for (;;) {
      const found = await this.topics(topics)
      if (found.length === topics.length && found.every((topic) => topic.led)) return
      if (clock.now() > deadline) {
        const text = `topics ${topics.join(', ')} were created, but have no leaders after ${limits.topicReadyMs} ms`
        throw new PlatformError('LOG_FAILED', `${text}; check that enough brokers run`, { retryable: true })
      }
      await clock.sleep(TOPIC_READY_CHECK_MS)
    }
  }
}

async function fetchRanges(cluster: RawCluster, topic: string): Promise<readonly PartitionRange[]> {
  await cluster.addMultipleTargetTopics([topic])
  await cluster.refreshMetadataIfNecessary()
  const numbers = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
  const edges = async (fromBeginning: boolean) => {
    const partitions = numbers.map((partition) => ({ partition }))
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }])
    return new Map(found?.partitions.map((each) => [each.partition, offset(Number(each.offset))]))
  }
  const [starts, ends] = await Promise.all([edges(true), edges(false)])
  return numbers
    .sort((a, b) => a - b)
    .map((partition) => ({ topic, partition, start: edge(starts, partition), end: edge(ends, partition) }))
}

function edge(offsets: ReadonlyMap<number, Offset>, partition: number): Offset {
  const found = offsets.get(partition)
  if (found === undefined) throw new Error(`the answer lacks the offset of partition ${partition}`)
  return found
}

function shared<T>(reads: Map<string, () => Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const fresh = reads.get(key) ?? freshRead(read)
  reads.set(key, fresh)
  return fresh()
}

async function connect(client: KafkaClient): Promise<Admin> {
  const admin = client.kafka.admin()
  await admin.connect()
  return admin
}

function topicConfig(spec: TopicSpec) {
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: BROKER_DEFAULT,
    configEntries: Object.entries(spec.config ?? {}).map(([name, value]) => ({ name, value })),
  }
}
