// Every limit of the Kafka log: sizes, waits and counts, each with its reason. Tests hand in shorter ones.
// Sources: measurements against Kafka 4.3 (throughput, memory) and the defaults of the broker.

const KIB = 1024
const MIB = 1024 * KIB

/** The limits of the Kafka log. Times in milliseconds. */
export interface KafkaLimits {
  /** A TCP or TLS connection must stand by then. */
  readonly connectTimeoutMs: number
  /** A request must be answered by then. */
  readonly requestTimeoutMs: number
  /** Attempts to reach any broker before LOG_UNREACHABLE; with the delays below about 50 s in total. */
  readonly connectAttemptsMax: number
  readonly connectDelayMinMs: number
  readonly connectDelayMaxMs: number
  /** Attempts of a single question to the cluster (offsets, metadata) that fails in a way that may pass. */
  readonly askAttemptsMax: number
  readonly askDelayMinMs: number
  readonly askDelayMaxMs: number
  /** What a group has committed is decided by then: above `transactionTimeoutMs`, and what a broker takes to see it. */
  readonly undecidedMs: number
  /** A wait for that is said after this. */
  readonly undecidedSaidMs: number
  readonly undecidedDelayMinMs: number
  readonly undecidedDelayMaxMs: number
  /** A created topic has its leaders by then. */
  readonly topicReadyMs: number
  /** How long a topic's partition count and size limit are believed. */
  readonly topicFactsMs: number

  /** Records of one request: bounds the work that is done again when it fails. */
  readonly requestRecordsMax: number
  readonly requestBytesMax: number
  /** A publish is acknowledged by then, or its outcome is unknown. */
  readonly publishTimeoutMs: number
  /** A publish that is not acknowledged for this long is said to be slow. */
  readonly publishSlowMs: number
  /** Publishes that wait for their turn. */
  readonly publishesWaitingMax: number

  /** After this the broker itself aborts a transaction that nobody ended. */
  readonly transactionTimeoutMs: number
  /** A transaction is committed by then, or its outcome is unknown. */
  readonly transactionWaitMs: number
  /** The wait between tries while the broker still ends the transaction before. */
  readonly concurrentDelayMinMs: number
  readonly concurrentDelayMaxMs: number
  readonly concurrentAttemptsMax: number
  /** Times in a row that a partition is opened anew without getting on. */
  readonly openAttemptsMax: number
  readonly openDelayMinMs: number
  readonly openDelayMaxMs: number

  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long a member that is to join again gets its partitions on first; below the rebalance timeout. */
  readonly stepWaitMs: number
  /** How long the broker may hold a fetch that finds nothing; also how late a newly opened partition may be fetched. */
  readonly fetchWaitMs: number
  /** One partition may fill a whole answer: no more memory, and a backlog takes fewer, larger transactions. */
  readonly fetchPartitionBytesMax: number
  readonly fetchBytesMax: number
  /** Records handed to the processor at once: small records make a fetch of very many. */
  readonly batchRecordsMax: number
  /** Partitions whose batches are worked on at once: the commit of one waits while another computes. */
  readonly partitionsAtOnceMax: number
  /** No fetch answered for this long while partitions are open and idle: the consumer has stalled. */
  readonly stallMs: number
  /** How long the consumer believes what it knows of its topics: partitions that are added are read after this. */
  readonly metadataAgeMaxMs: number
  /** How often a run asks whether its topics are still the same ones. */
  readonly topicCheckMs: number
  /** Consumers in a row that fail within `consumerSteadyMs`. */
  readonly consumerAttemptsMax: number
  readonly consumerSteadyMs: number
  /** How often a bounded run looks whether it is at its end. */
  readonly endCheckMs: number

  /** Closing waits at most this long for publishes that are not acknowledged. */
  readonly closeMs: number
  /** Stopping: the batch in hand, then flush and its commits, then leaving the group. Below 10 s in all. */
  readonly stopBatchMs: number
  readonly stopFlushMs: number
  readonly stopLeaveMs: number
}

/** The limits unless told otherwise. */
export const KAFKA_LIMITS: KafkaLimits = {
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 30_000,
  connectAttemptsMax: 12,
  connectDelayMinMs: 1_000,
  connectDelayMaxMs: 5_000,
  askAttemptsMax: 8,
  askDelayMinMs: 50,
  askDelayMaxMs: 2_000,
  undecidedMs: 90_000,
  undecidedSaidMs: 1_000,
  undecidedDelayMinMs: 5,
  undecidedDelayMaxMs: 500,
  topicReadyMs: 15_000,
  topicFactsMs: 60_000,

  requestRecordsMax: 20_000,
  requestBytesMax: 4 * MIB,
  publishTimeoutMs: 60_000,
  publishSlowMs: 5_000,
  publishesWaitingMax: 10_000,

  transactionTimeoutMs: 60_000,
  transactionWaitMs: 30_000,
  concurrentDelayMinMs: 1,
  concurrentDelayMaxMs: 20,
  concurrentAttemptsMax: 500,
  openAttemptsMax: 8,
  openDelayMinMs: 100,
  openDelayMaxMs: 5_000,

  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatIntervalMs: 1_000,
  stepWaitMs: 10_000,
  fetchWaitMs: 250,
  fetchPartitionBytesMax: 2 * MIB,
  fetchBytesMax: 2 * MIB,
  batchRecordsMax: 20_000,
  partitionsAtOnceMax: 8,
  stallMs: 60_000,
  metadataAgeMaxMs: 30_000,
  topicCheckMs: 5_000,
  consumerAttemptsMax: 5,
  consumerSteadyMs: 60_000,
  endCheckMs: 50,

  closeMs: 5_000,
  stopBatchMs: 4_000,
  stopFlushMs: 3_000,
  stopLeaveMs: 2_000,
}

/** The broker's default of max.message.bytes, believed where the topic's own cannot be asked for. */
export const MESSAGE_BYTES_DEFAULT = 1_048_588

/** What a batch and a record cost beyond their keys, values and headers, rounded up. */
export const BATCH_OVERHEAD_BYTES = 128
export const RECORD_OVERHEAD_BYTES = 32
export const HEADER_OVERHEAD_BYTES = 10

/** Bytes of one partition in one request, where the topic's own limit is not lower. */
export const REQUEST_PARTITION_BYTES_MAX = 512 * KIB

/** A compressed batch of a foreign producer may not unpack to more: a bomb must not take the process down. */
export const UNPACKED_BYTES_MAX = 64 * MIB
