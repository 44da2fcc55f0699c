// What the parts of one run share: what it was asked to do, how to reach the cluster, and whom to tell of troubles.

import type {
  PartitionCommit,
  PartitionLag,
  Processor,
  RunOptions,
  TopicPartition,
  TransactionCounts,
} from '#log/event_log'
import type { KafkaAdmin } from '../cluster/admin.ts'
import type { TopicFactsCache } from '../cluster/topic_facts.ts'
import type { KafkaClient } from '../kafkajs/client.ts'

/** The parts that live as long as the log. */
export interface LogParts {
  readonly client: KafkaClient
  readonly admin: KafkaAdmin
  readonly facts: TopicFactsCache
  readonly transactions: TransactionCounts
}

/** A run as it can be asked while it lives. */
export interface LiveRun {
  /** How far each partition that it holds is behind. */
  lag(): Promise<readonly PartitionLag[]>
}

/**
 * Steers what is fetched. All of it is allowed at any time and of any partition, and takes effect with the next fetch.
 */
export interface Fetching {
  /** The next fetch of the partition begins here. */
  seek(at: TopicPartition, position: number): void
  pause(at: TopicPartition): void
  resume(at: TopicPartition): void
}

/** One run, as its partitions see it. */
export interface RunContext extends LogParts {
  readonly options: RunOptions
  /** What its topics are by their ids, from the beginning to the end. */
  readonly topicIds: ReadonlyMap<string, string>
  readonly processor: Processor
  readonly fetching: Fetching
  /** Aborted when the run stops, for whatever reason: begin nothing more. */
  readonly stopping: AbortSignal
  /** Commits offsets for others to see; resolves when that was tried. Failures are logged, never thrown. */
  commitOffsets(commits: readonly PartitionCommit[]): Promise<void>
  /** The partition is closed: an offset of it that could not be committed is dropped. */
  forgetOffset(at: TopicPartition): void
  /** What the processor holds of these partitions is void from this call on. */
  reopen(partitions: readonly TopicPartition[], reason: Error): void
  /** Ends the run with this error; the first one counts. */
  fail(error: unknown): void
}
