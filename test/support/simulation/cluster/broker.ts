// The simulated cluster: topics, transactions, one group and its offsets. It never loses what it took: what fails is on
// the way to it (../world/network.ts), or is a process (../world/simulated_process.ts).

import { protocolError } from '../world/kafkajs_errors.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/virtual_time.ts'
import { GroupCoordinator } from './group_coordinator.ts'
import { type OffsetCommit, OffsetsLog } from './offsets_log.ts'
import { PartitionLog, type SimulatedRecord } from './partition_log.ts'
import { TransactionCoordinator, type TransactionRequest } from './transaction_coordinator.ts'

/** How the broker is set up. */
export interface BrokerOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly topics: readonly string[]
  readonly partitions: number
  /** The topic that the group reads. */
  readonly inputTopic: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly transactionTimeoutMs: number
  readonly slowMarkers: number
  /** Whether leaders ask the coordinator about what they are sent, as brokers do since 3.6. */
  readonly verifies: boolean
  readonly onOffset: (commit: OffsetCommit, before: OffsetCommit | null) => void
}

/** A part of a produce request. */
export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly sequence: number
  readonly records: readonly SimulatedRecord[]
}

/** The cluster. */
export class SimulatedBroker {
  readonly group: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly offsets: OffsetsLog
  readonly #options: BrokerOptions
  readonly #topics = new Map<string, PartitionLog[]>()
  #readers: (() => void)[] = []

  constructor(options: BrokerOptions) {
    const { time, random, transactionTimeoutMs: timeoutMs, slowMarkers } = options
    this.#options = options
    for (const topic of options.topics) this.addPartitions(topic, options.partitions)
    this.transactions = new TransactionCoordinator({ time, random, timeoutMs, slowMarkers })
    this.offsets = new OffsetsLog(options.onOffset)
    this.group = new GroupCoordinator({
      ...options,
      partitionCount: () => this.partitionsOf(options.inputTopic).length,
    })
  }

  partitionsOf(topic: string): readonly PartitionLog[] {
    return this.#topics.get(topic) ?? []
  }

  log(topic: string, partition: number): PartitionLog {
    const log = this.partitionsOf(topic)[partition]
    if (log === undefined) throw protocolError('UNKNOWN_TOPIC_OR_PARTITION')
    return log
  }

  /** Lets the topic have this many partitions. */
  addPartitions(topic: string, count: number): void {
    const logs = [...this.partitionsOf(topic)]
    while (logs.length < count) logs.push(new PartitionLog(this.#options.time, () => this.#wakeReaders()))
    this.#topics.set(topic, logs)
  }

  /** Produce: all batches of the request land together. */
  produce(request: TransactionRequest, batches: readonly ProducedBatch[]): void {
    for (const { topic, partition, sequence, records } of batches) {
      const log = this.log(topic, partition)
      if (this.#options.verifies) this.transactions.verify(request, log)
      log.produce(request, sequence, records)
    }
  }

  commitOffsets(request: TransactionRequest, commits: readonly OffsetCommit[]): void {
    if (this.#options.verifies) this.transactions.verify(request, this.offsets)
    this.offsets.add(request, commits)
  }

  /** Resolves at once when `isWorthwhile`, else when a log has grown until it is, or after `waitMs`. */
  untilReadable(isWorthwhile: () => boolean, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      let isWaiting = true
      const end = () => {
        isWaiting = false
        resolve()
      }
      const look = () => {
        if (!isWaiting) return
        if (isWorthwhile()) end()
        else this.#readers.push(look)
      }
      look()
      if (isWaiting) this.#options.time.after(waitMs, end)
    })
  }

  #wakeReaders(): void {
    const readers = this.#readers
    this.#readers = []
    for (const look of readers) look()
  }
}
