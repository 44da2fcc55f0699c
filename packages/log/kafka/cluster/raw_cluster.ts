// The cluster below kafkajs's public face: offsets with an isolation level of our choice, and requests of our own
// making. kafkajs hides it behind a symbol, and its admin client can ask for neither. Source:
// kafkajs/src/{index,cluster/index}.js.

import type { Kafka } from 'kafkajs'
import type { KafkaClient } from '../kafkajs/client.ts'
import { Connection } from '../kafkajs/connection.ts'

/** A request as kafkajs sends it, and what decodes its answer. */
export interface RawRequest<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
  }
  readonly response: {
    decode(payload: Buffer): Promise<T>
    parse(decoded: T): Promise<T>
  }
}

/** The part of kafkajs's broker that is used here. */
export interface RawBroker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>
  readonly connectionPool: { send<T>(request: RawRequest<T>): Promise<T> }
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
}

interface WantedOffsets {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number }[]
  readonly fromBeginning: boolean
}

interface FoundOffsets {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
}

/** The part of kafkajs's cluster that is used here. */
export interface RawCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[]
  fetchTopicsOffset(wanted: readonly WantedOffsets[]): Promise<FoundOffsets[]>
  findGroupCoordinator(group: { readonly groupId: string }): Promise<RawBroker>
  refreshMetadata(): Promise<void>
  readonly brokerPool: { findConnectedBroker(): Promise<RawBroker> }
}

/** Ends of partitions are high watermarks: transactions that are not yet decided count as something left to read. */
const READ_UNCOMMITTED = 0
const METADATA_AGE_MS = 10_000
const CREATE_CLUSTER = 'private:Kafka:createCluster'

/** A connection to the cluster, made when first used. */
export function clusterConnection(client: KafkaClient): Connection<RawCluster> {
  return new Connection({ open: () => connect(client.kafka), close: (cluster) => cluster.disconnect() })
}

async function connect(kafka: Kafka): Promise<RawCluster> {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === CREATE_CLUSTER)
  if (symbol === undefined) throw new Error('kafkajs has no createCluster: it is not the version that is pinned')
  const createCluster = Reflect.get(kafka, symbol) as (options: object) => RawCluster
  const cluster = createCluster({
    metadataMaxAge: METADATA_AGE_MS,
    allowAutoTopicCreation: false,
    isolationLevel: READ_UNCOMMITTED,
  })
  await cluster.connect()
  return cluster
}
