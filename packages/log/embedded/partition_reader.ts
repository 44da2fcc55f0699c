// Reads one partition for one member of a group: open, then batches, ticks and the end, one call at a time. It ends
// when told to leave, or after `end`; closing the partition and giving the lease back is the run's task (group_run.ts).

import { setImmediate as nextTurn } from 'node:timers/promises'
import { REOPEN_DELAY_MS } from '#log/embedded/limits'
import type { Lease } from '#log/embedded/sqlite/group_store'
import {
  type PartitionCommit,
  type PartitionLag,
  type PartitionStart,
  type Processor,
  type RecordBatch,
  ReopenPartitions,
  type TickView,
  type TopicPartition,
} from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { EpochMs, Offset } from '#runtime/units'

/** The run, as its readers see it. The plain functions are synchronous. */
export interface ReaderContext {
  readonly processor: Processor
  readonly clock: Clock
  startOf(lease: Lease): PartitionStart
  read(lease: Lease, from: Offset): RecordBatch | null
  /** The end as far as is known; `refresh` looks at the file first. */
  endOf(lease: Lease, refresh: boolean): Offset
  commit(reader: PartitionReader, commits: readonly PartitionCommit[]): Promise<void>
  reopen(partitions: readonly TopicPartition[]): void
  /** Told when nothing is left to read for now. */
  idle(): void
}

/** One partition being read. */
export class PartitionReader {
  readonly lease: Lease
  readonly at: TopicPartition
  readonly #context: ReaderContext
  #position: Offset | null = null
  #lastTimestamp: EpochMs | null = null
  #goal: 'read' | 'end' | 'leave' = 'read'
  #ended = false
  #idle = false
  #tickDue = false
  #reopenDue = false
  #progressed = false
  #bell = Promise.withResolvers<void>()

  constructor(lease: Lease, context: ReaderContext) {
    this.lease = lease
    this.at = { topic: lease.topic, partition: lease.partition }
    this.#context = context
  }

  /** Reads until the reader is told to leave or has ended. Rejects with what the processor or the log threw. */
  async run(): Promise<void> {
    while (this.#goal !== 'leave' && !this.#ended) {
      if (this.#reopenDue) await this.#closeToReopen()
      else if (this.#position === null) await this.#open()
      else await this.#step(this.#position)
    }
  }

  /** Whether commits for the partition may be taken. */
  get isOpen(): boolean {
    return this.#position !== null && !this.#reopenDue
  }

  /** Whether all was read and no call is pending. */
  get isAtEnd(): boolean {
    return this.#idle && this.isOpen && this.#isCaughtUp(false)
  }

  /** How far it is behind; null while it is not open. */
  get lag(): PartitionLag | null {
    if (this.#position === null) return null
    const records = Math.max(0, this.#context.endOf(this.lease, true) - this.#position)
    return { ...this.at, group: this.lease.group, records, lastTimestamp: this.#lastTimestamp }
  }

  /** Whether `end` was called and its commits carried out. */
  get hasEnded(): boolean {
    return this.#ended
  }

  /** Something may have changed: look. */
  wake(): void {
    this.#bell.resolve()
    this.#bell = Promise.withResolvers()
  }

  tick(): void {
    this.#tickDue = true
    this.wake()
  }

  /** Reads what is left, calls `end` and stops. */
  end(): void {
    if (this.#goal !== 'read') return
    this.#goal = 'end'
    this.wake()
  }

  /** Stops after the call in hand. */
  leave(): void {
    this.#goal = 'leave'
    this.wake()
  }

  reopen(): void {
    this.#reopenDue = true
    this.wake()
  }

  /** Tells the processor to forget the partition, if it knows of it. Only while no call is pending. */
  close(): void {
    if (this.#position === null) return
    this.#position = null
    this.#context.processor.close(this.at)
  }

  async #open(): Promise<void> {
    this.#position = await this.#context.processor.open(this.at, this.#context.startOf(this.lease))
  }

  async #closeToReopen(): Promise<void> {
    this.#reopenDue = false
    this.close()
    if (!this.#progressed) await this.#context.clock.sleep(REOPEN_DELAY_MS)
    this.#progressed = false
  }

  async #step(position: Offset): Promise<void> {
    const { processor } = this.#context
    if (this.#tickDue) {
      this.#tickDue = false
      await this.#call(async () => (await processor.tick?.(this.at, this.#tickView())) ?? [])
      return
    }
    const batch = this.#isCaughtUp(false) ? null : this.#context.read(this.lease, position)
    if (batch !== null) {
      await this.#process(batch)
    } else if (this.#goal === 'end') {
      this.#ended = await this.#call(async () => (await processor.end?.(this.at)) ?? [])
    } else {
      await this.#untilWoken()
    }
  }

  async #process(batch: RecordBatch): Promise<void> {
    if (await this.#call(() => this.#context.processor.process(batch))) {
      this.#position = batch.next
      this.#lastTimestamp = batch.columns.timestamps[batch.first + batch.count - 1] as EpochMs
      this.#progressed = true
    }
    await nextTurn()
  }

  /** Calls the processor and carries its commits out; false when the partition must be opened again instead. */
  async #call(work: () => Promise<readonly PartitionCommit[]>): Promise<boolean> {
    try {
      const commits = await work()
      if (this.#reopenDue) return false
      if (commits.length > 0) await this.#context.commit(this, commits)
      return true
    } catch (error) {
      if (!(error instanceof ReopenPartitions)) throw error
      this.#reopenDue = true
      this.#context.reopen(error.partitions)
      return false
    }
  }

  async #untilWoken(): Promise<void> {
    this.#idle = true
    this.#context.idle()
    await this.#bell.promise
    this.#idle = false
  }

  #isCaughtUp(refresh: boolean): boolean {
    return this.#position !== null && this.#position >= this.#context.endOf(this.lease, refresh)
  }

  #tickView(): TickView {
    return { now: this.#context.clock.now(), caughtUp: async () => this.#isCaughtUp(true) }
  }
}
