// kafkajs as the code under test sees it, on the simulated cluster: one factory a process. The consumer and producer
// stand in files of their own; here are the admin client and the cluster below kafkajs's public face.

import type { Kafka, KafkaConfig } from 'kafkajs'
import type { SimulatedBroker } from '../cluster/broker.ts'
import { encodeTopics, namesIn } from '../cluster/metadata_answer.ts'
import type { ClientParts } from './client_parts.ts'
import { type ConsumerConfig, type FetchesBy, SimulatedConsumer } from './simulated_consumer.ts'
import { type ProducerConfig, SimulatedProducer } from './simulated_producer.ts'

/** What a test puts in place of a client, to plant a mistake. */
export interface ClientMutation {
  readonly producer?: (parts: ClientParts, config: ProducerConfig) => SimulatedProducer
  readonly fetchesBy?: FetchesBy
}

const TOPIC_ANSWER_BYTES_MAX = 1_048_588

/** Makes kafkajs's Kafka for one process. */
export function simulatedKafkajs(parts: ClientParts, mutation: ClientMutation = {}): (config: KafkaConfig) => Kafka {
  const producer = mutation.producer ?? ((own, config) => new SimulatedProducer(own, config))
  const kafka = {
    consumer: (config: ConsumerConfig) => new SimulatedConsumer(parts, config, mutation.fetchesBy),
    producer: (config: ProducerConfig) => producer(parts, config),
    admin: () => simulatedAdmin(parts),
    [Symbol('private:Kafka:createCluster')]: () => simulatedCluster(parts),
  }
  return () => kafka as unknown as Kafka
}

const NOT_NOW = { refusal: 'GROUP_LOAD_IN_PROGRESS' }

function simulatedAdmin({ network, process, broker }: ClientParts) {
  const ask = <T>(name: string, effect: () => T) => network.request(process, { name, effect, ...NOT_NOW })
  return {
    connect: () => ask('Connect', () => {}),
    disconnect: async () => {},
    describeCluster: () => ask('DescribeCluster', () => ({ clusterId: 'simulated' })),
    describeConfigs: () =>
      ask('DescribeConfigs', () => {
        const configEntries = [{ configName: 'max.message.bytes', configValue: String(TOPIC_ANSWER_BYTES_MAX) }]
        return { resources: [{ configEntries }] }
      }),
    fetchOffsets: ({ topics }: { topics: readonly string[] }) =>
      ask('OffsetFetch', () =>
        topics.map((topic) => ({
          topic,
          partitions: broker.partitionsOf(topic).map((_, partition) => {
            const found = broker.offsets.of(topic, partition)
            return { partition, offset: String(found?.offset ?? -1), metadata: found?.metadata ?? null }
          }),
        })),
      ),
  }
}

function simulatedCluster({ network, process, broker }: ClientParts) {
  const ask = <T>(name: string, effect: () => T) => network.request(process, { name, effect, ...NOT_NOW })
  const coordinator = {
    leaveGroup: ({ memberId }: { memberId: string }) => ask('LeaveGroup', () => broker.group.leave(memberId)),
  }
  const connected = {
    versions: { 3: { minVersion: 0, maxVersion: 12 } },
    connectionPool: {
      async send(raw: RawMetadataRequest) {
        const { buf } = await raw.request.encode()
        const names = namesIn(buf)
        const payload = await ask('Metadata', () => encodeTopics(names.map((name) => partitionsOf(broker, name))))
        return raw.response.parse(await raw.response.decode(payload))
      },
    },
  }
  return {
    connect: () => ask('Connect', () => {}),
    disconnect: async () => {},
    addMultipleTargetTopics: async () => {},
    refreshMetadata: async () => {},
    refreshMetadataIfNecessary: async () => {},
    findTopicPartitionMetadata: (topic: string) =>
      broker.partitionsOf(topic).map((_, partitionId) => ({ partitionId, leader: 0 })),
    fetchTopicsOffset: (wanted: readonly WantedOffsets[]) =>
      ask('ListOffsets', () => wanted.map((each) => offsetsOf(broker, each))),
    findGroupCoordinator: async () => coordinator,
    brokerPool: { findConnectedBroker: async () => connected },
  }
}

interface RawMetadataRequest {
  readonly request: { encode(): Promise<{ readonly buf: Buffer }> }
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> }
}

interface WantedOffsets {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number }[]
  readonly fromBeginning: boolean
}

function partitionsOf(broker: SimulatedBroker, topic: string): { topic: string; partitions: number } {
  return { topic, partitions: broker.partitionsOf(topic).length }
}

/** Ends are high watermarks: the code under test asks for them read uncommitted. */
function offsetsOf(broker: SimulatedBroker, { topic, partitions, fromBeginning }: WantedOffsets) {
  const offsetOf = (partition: number) => String(fromBeginning ? 0 : broker.log(topic, partition).end)
  return { topic, partitions: partitions.map(({ partition }) => ({ partition, offset: offsetOf(partition) })) }
}
