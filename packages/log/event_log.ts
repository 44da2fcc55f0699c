// The port of the event log: records in partitions of topics, read by groups, outputs and offsets committed as one.
// Implementations: kafka/ (kafkajs) and embedded/ (SQLite). test/contract/event_log.ts is what both must keep.
// No call and no promise stands for a single record: work is per batch.

import type { EpochMs, Offset } from '#runtime/units'

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Header names and values as they stand in the log. */
export type RecordHeaders = Readonly<Record<string, Uint8Array>>

/** A record as it was read. The arrays are views: copy what must outlive the batch. */
export interface LogRecord {
  readonly offset: Offset
  /** When the log took the record in (LogAppendTime): the ingest time. */
  readonly timestamp: EpochMs
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** null when the record has none. */
  readonly headers: RecordHeaders | null
}

/** Stands in columns for a key or value that is null, and for no headers. */
export const ABSENT = -1

/**
 * Records as they lie in the bytes that they came in: row i of each column belongs to the same record. A key or value
 * is the bytes from its start up to its end.
 */
export interface RecordColumns {
  /** What all positions point into. */
  readonly bytes: Uint8Array
  readonly offsets: Float64Array
  /** When the log took the records in (LogAppendTime), in epoch milliseconds. */
  readonly timestamps: Float64Array
  readonly keyStarts: Int32Array
  readonly keyEnds: Int32Array
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
  /** ABSENT or not; where it points is the log's own: ask `headersAt`. */
  readonly headerStarts: Int32Array
  headersAt(row: number): RecordHeaders | null
  /** The row as an object, which shares the bytes. */
  recordAt(row: number): LogRecord
}

/**
 * One record after the other, as if each were an object: set `row`, and the members are that row's. Views are made when
 * they are asked for. Whoever keeps a record keeps its members, not the cursor.
 */
export interface RecordCursor extends LogRecord {
  /** The row in the columns. */
  row: number
}

/** Records of one partition in offset order; never empty. */
export interface RecordBatch extends TopicPartition {
  readonly columns: RecordColumns
  /** Its rows in the columns: from `first`, `count` of them. */
  readonly first: number
  readonly count: number
  /** The same rows as objects, made when they are first asked for. */
  readonly records: readonly LogRecord[]
  /** A new cursor at the first row: for the hot path, where an object a record would cost more than its work. */
  cursor(): RecordCursor
  /** The position after the batch: beyond its last record, and beyond what the log keeps for itself. */
  readonly next: Offset
  /** The partition's end when the batch was fetched; `next >= logEnd` means caught up at that moment. */
  readonly logEnd: Offset
}

/** A record to be published. Strings are UTF-8. */
export interface NewRecord {
  readonly topic: string
  /** Absent: chosen by the hash of the key, or spread when there is no key. */
  readonly partition?: number
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
}

/**
 * Records to be published as they lie in bytes that are there already, all of one topic and with the same headers:
 * row i of each column belongs to the same record. Nothing of it may change until the publish has ended. Iterating
 * yields the records as objects.
 */
export interface NewRecordColumns<R extends NewRecord = NewRecord> extends Iterable<R> {
  /** How many records. */
  readonly length: number
  readonly topic: string
  readonly headers: NewRecord['headers']
  /** What all positions point into. */
  readonly bytes: Uint8Array
  /** ABSENT: the key is null. */
  readonly keyStarts: Int32Array
  readonly keyEnds: Int32Array
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
}

/** Records to be published: an object each, or in columns. */
export type NewRecords<R extends NewRecord = NewRecord> = readonly R[] | NewRecordColumns<R>

/** Which of the two they are. */
export function areColumns(records: NewRecords): records is NewRecordColumns {
  return 'keyStarts' in records
}

/** A source of records that can go on where it stopped. */
export interface PositionOwner {
  /** Its own in this log: letters, digits, `.`, `_` and `-`. */
  readonly name: string
  /** Where its records go. The position belongs to the topic and is gone with it. */
  readonly topic: string
}

/** Publishes the records of one source, each time together with the position that it has reached. */
export interface PositionedPublisher {
  /** What was committed last, also by those before this one; null before the first. */
  readonly position: string | null
  /**
   * Records and position become durable as one, or neither does. The position has at most METADATA_BYTES_MAX bytes of
   * UTF-8. After a failure the outcome is unknown and this publisher refuses everything: the next one opened knows.
   */
  publish(records: NewRecords, position: string): Promise<void>
  close(): Promise<void>
}

/** What a processor wants made durable: outputs and the input position as one, or neither. */
export interface PartitionCommit extends TopicPartition {
  /** The first offset that is not yet processed. */
  readonly next: Offset
  /** Kept with the offset and handed back to `open`; at most METADATA_BYTES_MAX bytes of UTF-8. */
  readonly metadata: string
  readonly outputs: readonly NewRecord[]
}

/** Kafka's own limit (offset.metadata.max.bytes). */
export const METADATA_BYTES_MAX = 4096

/** An offset that a group has committed. */
export interface CommittedOffset {
  readonly offset: Offset
  readonly metadata: string
}

/** What is known of a partition when it is opened. */
export interface PartitionStart {
  /** TopicInfo.id of the topic that the partition belongs to now. */
  readonly topicId: string
  readonly committed: CommittedOffset | null
  readonly logStart: Offset
  readonly logEnd: Offset
}

/** What a tick may ask about its partition. */
export interface TickView {
  readonly now: EpochMs
  /** Asks the log whether nothing is left to read; false when that is unknown. May cost a request: ask last. */
  caughtUp(): Promise<boolean>
}

/**
 * The consumer's logic. Calls for one partition never overlap; calls for different partitions may.
 * While `process` is pending nothing more of that partition is handed over, and a bounded amount is fetched ahead.
 */
export interface Processor {
  /**
   * A partition was assigned (or must be begun anew): returns the offset to read from. It may lie before the committed
   * one, never before logStart. Called again after `close` only.
   */
  open(partition: TopicPartition, start: PartitionStart): Promise<Offset>
  /** Handles a batch. May hold work back and return nothing; a later call or `flush` then returns its commit. */
  process(batch: RecordBatch): Promise<readonly PartitionCommit[]>
  /** Called about every TICK_INTERVAL_MS for each open partition, whether or not records arrive. */
  tick?(partition: TopicPartition, view: TickView): Promise<readonly PartitionCommit[]>
  /** Bounded runs only: the partition's end was reached and all partitions are at theirs. */
  end?(partition: TopicPartition): Promise<readonly PartitionCommit[]>
  /** The run is stopping in good order and still holds its partitions: the last chance to commit. */
  flush?(): Promise<readonly PartitionCommit[]>
  /** The partition is lost, or its commit failed: forget everything about it. */
  close(partition: TopicPartition): void
}

/** How often `tick` is called for a partition, about. */
export const TICK_INTERVAL_MS = 100

/**
 * Thrown by a processor's process, tick, end or flush: what it holds of these partitions is void. The log closes and
 * opens them again, and reads on from where `open` says.
 */
export class ReopenPartitions extends Error {
  override readonly name = 'ReopenPartitions'
  readonly partitions: readonly TopicPartition[]

  constructor(partitions: readonly TopicPartition[], message: string) {
    super(message)
    this.partitions = partitions
  }
}

/** How a group reads. */
export interface RunOptions {
  readonly group: string
  readonly topics: readonly string[]
  /**
   * `transaction`: each PartitionCommit is atomic and fenced, and must be for the partition at hand.
   * `offsets`: commits carry no outputs and may be for any open partition; a failed one is only logged, since the
   * processor keeps its own truth.
   */
  readonly commit: 'transaction' | 'offsets'
  /** Aborting it stops the run in good order: flush, leave the group, resolve. */
  readonly signal: AbortSignal
  /**
   * Transactions only: what it means that records from the committed offset on are gone. `refused`, the default: they
   * are lost, LOG_GAP. `accepted`: the processor knows by other means what is done, and its offset is no position.
   */
  readonly gaps?: 'refused' | 'accepted'
  /** End by itself when all assigned partitions are read to their end, outputs into them included. Default false. */
  readonly bounded?: boolean
}

/** A topic to be created. */
export interface TopicSpec {
  readonly topic: string
  readonly partitions: number
  readonly config?: Readonly<Record<string, string>>
}

/** A topic as it is. */
export interface TopicInfo {
  readonly topic: string
  /** Changes when a topic is deleted and created again. */
  readonly id: string
  readonly partitions: number
}

/** The readable range of a partition: [start, end). */
export interface PartitionRange extends TopicPartition {
  readonly start: Offset
  readonly end: Offset
}

/** What the transactions of a client came to: begun = committed + aborted + fenced + unknown + under way. */
export interface TransactionCounts {
  begun: number
  committed: number
  /** Failed before the commit was asked for, so that nothing of them is there. */
  aborted: number
  /** Refused, since another member has taken the partition over. */
  fenced: number
  /** The commit was asked for and not answered: it is there or not, as the next opening finds out. */
  unknown: number
}

/** All at zero. */
export function noTransactions(): TransactionCounts {
  return { begun: 0, committed: 0, aborted: 0, fenced: 0, unknown: 0 }
}

/** How far a run of this client is behind in a partition that it holds. */
export interface PartitionLag extends TopicPartition {
  readonly group: string
  /** Records that are in the log and were not yet handed to the processor. */
  readonly records: number
  /** The ingest time of the last one that was; null before the first. */
  readonly lastTimestamp: EpochMs | null
}

/** How to ask what a group has committed. */
export interface CommittedOptions {
  /**
   * Transactions that are under way. `awaited`, the default: what was committed before the question is in the answer;
   * a transaction whose owner has died keeps it waiting until that is decided. `passed_over`: the answer comes at once,
   * and may be older by what was committed just now.
   */
  readonly undecided?: 'awaited' | 'passed_over'
  /** Waits for these alone; the answer may have more. All unless given. */
  readonly partitions?: readonly number[]
  /** Ends the wait, with STOPPED. */
  readonly signal?: AbortSignal
}

/** The log. All failures are PlatformErrors with a LOG_ code. */
export interface EventLog {
  /** Identifies the cluster, or the embedded log's file, for life. */
  clusterId(): Promise<string>
  /**
   * Publishes records: resolved when all are durable, in order per partition; rejected when that is not known.
   * Idempotent: the client's own retries add nothing twice.
   */
  publish(records: NewRecords): Promise<void>
  /**
   * Opens the publisher of a source and fences all that had it before: what they have not committed never is. A failure
   * with `retryable` may be tried again.
   */
  openPositioned(owner: PositionOwner): Promise<PositionedPublisher>
  /** Reads as a member of the group until the signal aborts, the bounded end is reached, or a failure. */
  run(options: RunOptions, processor: Processor): Promise<void>
  /** Creates the topics that do not exist yet. A topic with fewer partitions than asked is left as it is. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>
  /** The topics that exist, of those named. */
  describeTopics(topics: readonly string[]): Promise<readonly TopicInfo[]>
  /** The ranges of all partitions of the topic. */
  ranges(topic: string): Promise<readonly PartitionRange[]>
  /** What the group has committed in the topic, by partition; partitions without a commit are absent. */
  committed(group: string, topic: string, options?: CommittedOptions): Promise<ReadonlyMap<number, CommittedOffset>>
  /** Since the client was opened. */
  readonly transactions: Readonly<TransactionCounts>
  /** Of all partitions that its runs hold at the moment. May cost a request a topic. */
  lag(): Promise<readonly PartitionLag[]>
  close(): Promise<void>
}
