// The EventLog on Kafka, by kafkajs 2.2.4. The pitfalls of kafkajs, and the rules that follow from them, stand at the
// head of the files that keep them: produce/publisher (idempotence), produce/transactional_producer (transactions),
// partition/assigned_partition (positions), group/rebalance, kafkajs/patches. Contract: test/contract/event_log.ts.

import {
  type CommittedOffset,
  type CommittedOptions,
  type EventLog,
  type NewRecords,
  noTransactions,
  type PartitionLag,
  type PartitionRange,
  type PositionedPublisher,
  type PositionOwner,
  type Processor,
  type RunOptions,
  type TopicInfo,
  type TopicSpec,
  type TransactionCounts,
} from '#log/event_log'
import { messageOf } from '#runtime/errors'
import { KafkaAdmin } from './cluster/admin.ts'
import { TopicFactsCache } from './cluster/topic_facts.ts'
import { runGroup } from './group/group_run.ts'
import type { LiveRun, LogParts } from './group/run_context.ts'
import { createClient, type KafkaLogOptions, type KafkaMaker } from './kafkajs/client.ts'
import { openPositioned } from './produce/positioned_publisher.ts'
import { Publisher } from './produce/publisher.ts'
import { nativeChecksumMissing } from './record_batch/crc32c.ts'

export type { KafkaLogOptions, SaslMechanism } from './kafkajs/client.ts'
export { KAFKA_LIMITS, type KafkaLimits } from './limits.ts'

/**
 * Opens the log. Resolves when a broker has answered and taken the credentials; retries, warning each time, for about a
 * minute. Throws LOG_UNREACHABLE or LOG_AUTH_FAILED. Tests hand in another maker of kafkajs's Kafka.
 */
export async function openKafkaLog(options: KafkaLogOptions, create?: KafkaMaker): Promise<EventLog> {
  const client = createClient(options, create)
  await client.reach(options.signal)
  if (nativeChecksumMissing !== null) {
    options.logger.info(
      { reason: messageOf(nativeChecksumMissing) },
      '@node-rs/crc32 has no binary for this platform, so record batches are checked in JavaScript: somewhat slower',
    )
  }
  const admin = new KafkaAdmin(client)
  const facts = new TopicFactsCache(client, admin)
  return new KafkaLog({ client, admin, facts, transactions: noTransactions() })
}

class KafkaLog implements EventLog {
  readonly #parts: LogParts
  readonly #publisher: Publisher
  readonly #runs = new Set<LiveRun>()

  constructor(parts: LogParts) {
    this.#parts = parts
    this.#publisher = new Publisher(parts.client, parts.facts)
  }

  clusterId(): Promise<string> {
    return this.#parts.admin.clusterId()
  }

  publish(records: NewRecords): Promise<void> {
    return this.#publisher.publish(records)
  }

  openPositioned(owner: PositionOwner): Promise<PositionedPublisher> {
    return openPositioned(this.#parts, owner)
  }

  run(options: RunOptions, processor: Processor): Promise<void> {
    return runGroup({ ...this.#parts, runs: this.#runs }, options, processor)
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#parts.admin.createTopics(specs)
  }

  describeTopics(topics: readonly string[]): Promise<readonly TopicInfo[]> {
    return this.#parts.admin.describeTopics(topics)
  }

  ranges(topic: string): Promise<readonly PartitionRange[]> {
    return this.#parts.admin.ranges(topic)
  }

  committed(
    group: string,
    topic: string,
    { undecided = 'awaited', ...wish }: CommittedOptions = {},
  ): Promise<ReadonlyMap<number, CommittedOffset>> {
    const { admin } = this.#parts
    return undecided === 'awaited' ? admin.decided({ group, topic, ...wish }) : admin.committed(group, topic)
  }

  get transactions(): Readonly<TransactionCounts> {
    return this.#parts.transactions
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return (await Promise.all([...this.#runs].map((run) => run.lag()))).flat()
  }

  async close(): Promise<void> {
    await this.#publisher.close()
    await this.#parts.admin.close()
  }
}
