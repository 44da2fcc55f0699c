// One partition of a run, from assignment to loss: open, batches in order, commits, reopening after a failure.
//
// Invariants. Calls to the processor are serialised by a mutex. A batch is processed only if it begins at exactly the
// position that is expected next. Records are immutable, so whatever seek, rejoin or late answer a fetch crossed, a
// batch that begins there is the right one, and any other is dropped and asked for again; kafkajs's own notion of
// staleness is not relied upon. Positions are told to kafkajs by seek alone: its resolveOffset throws for a partition
// that was lost in the middle of a batch, and is forgotten by a rejoin. `#usable` goes false within the call that
// loses or voids the partition, so that no later batch, tick or commit builds on what is void, even when it already
// waits for the mutex.

import type { ColumnBatch } from '#log/column_batch'
import {
  type PartitionCommit,
  type RecordBatch,
  ReopenPartitions,
  type TickView,
  type TopicPartition,
} from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { messageOf } from '#runtime/errors'
import { backoffMs } from '#runtime/retry'
import type { EpochMs } from '#runtime/units'
import type { RunContext } from '../group/run_context.ts'
import { requireTopic } from '../group/topic_watch.ts'
import { type FetchedBatch, recordBatchOf } from '../kafkajs/fetched_batch.ts'
import { PartitionCommitter } from './committer.ts'
import { Mutex } from './mutex.ts'
import { openPartition, rangeOf } from './opening.ts'
import { RedoPartition, redoOf } from './redo.ts'

/** A partition that is or was assigned to this member. */
export class AssignedPartition {
  readonly at: TopicPartition
  readonly #run: RunContext
  readonly #mutex = new Mutex()
  readonly #committer: PartitionCommitter
  #assigned = false
  /** The processor was asked to open it and not yet to close it. */
  #opened = false
  /** Opened, assigned, and not void. */
  #usable = false
  /** Dropped because another producer has taken over; see confirm. */
  #fenced = false
  /** A reopening waits for the mutex. */
  #reopening = false
  #position = 0
  #lastTimestamp: EpochMs | null = null
  /** The end as last heard of: more may be there, less cannot. */
  #knownEnd = 0
  /** Failures since the last success, or since the position got beyond the last failure. */
  #troubles = 0
  #troubleAt = 0
  /** Something is there to be read, and nothing was committed since the join. */
  #owesStep = false

  constructor(at: TopicPartition, run: RunContext) {
    this.at = { topic: at.topic, partition: at.partition }
    this.#run = run
    this.#committer = new PartitionCommitter(this.at, run)
  }

  get assigned(): boolean {
    return this.#assigned
  }

  get usable(): boolean {
    return this.#usable
  }

  get busy(): boolean {
    return this.#mutex.busy
  }

  /**
   * Whether the partition is to get on before the group is joined again, which may cost it: to a commit, or to the end
   * of the log. So a join is followed by progress of all that it deals out, however fast members come and go.
   */
  get owesStep(): boolean {
    return this.#assigned && this.#owesStep
  }

  /** The offset of the next record that the processor has not seen. */
  get position(): number {
    return this.#position
  }

  /** The ingest time of the last record that the processor has seen; null before the first. */
  get lastTimestamp(): EpochMs | null {
    return this.#lastTimestamp
  }

  idle(): Promise<void> {
    return this.#mutex.idle()
  }

  /** The partition was given to this member, after a time in which another may have had it. */
  assign(): void {
    this.#assigned = true
    this.#owesStep = true
    this.#troubles = 0
    this.#openAnew()
  }

  /** The partition stays with this member over a rejoin, which has made kafkajs forget its position. */
  retain(): void {
    if (this.#fenced) this.#openAnew()
    this.#owesStep = true
    if (!this.#usable) return
    this.#run.fetching.pause(this.at)
    void this.#mutex.run(() => this.#carryOn())
  }

  /** The partition was taken away, or its consumer has died. */
  lose(): void {
    this.#assigned = false
    this.#void()
    void this.#mutex.run(async () => this.#close())
  }

  /** What the processor holds of it is void: it is closed and opened again, after what runs now. */
  reopen(reason: unknown): void {
    if (this.#noteTrouble(reason)) this.#openAnew()
  }

  /** The group has just confirmed this member. If it was fenced by another, the partition is its own again. */
  confirm(): void {
    if (this.#fenced && this.#assigned) this.#openAnew()
  }

  /** Handles a fetched batch; resolves when it is done with, in whatever way. */
  process(fetched: FetchedBatch): Promise<void> {
    return this.#mutex.run(async () => {
      if (!this.#expects(fetched)) return
      const batch = this.#decode(fetched)
      if (batch === null) return
      this.#knownEnd = batch.logEnd
      for (const part of batch.parts(this.#run.client.limits.batchRecordsMax)) {
        if (this.#run.stopping.aborted || !(await this.#processPart(part))) return
      }
      this.#run.fetching.seek(this.at, this.#position)
    })
  }

  /** Ticks the partition unless it is busy. */
  tick(): void {
    const { processor, stopping } = this.#run
    if (!this.#usable || this.busy || stopping.aborted || processor.tick === undefined) return
    void this.#mutex.run(() => this.#carryOut(async () => (await processor.tick?.(this.at, this.#tickView())) ?? []))
  }

  /** Asks for the last commit of a bounded run, if all was read up to here; true when that was carried out. */
  end(position: number): Promise<boolean> {
    const { processor } = this.#run
    return this.#mutex.run(async () => {
      if (this.#position !== position) return false
      return await this.#carryOut(async () => (await processor.end?.(this.at)) ?? [])
    })
  }

  /** Carries out a commit of the processor's flush. */
  async finish(commit: PartitionCommit): Promise<void> {
    await this.#mutex.run(() => this.#carryOut(async () => [commit]))
  }

  /** Gives the partition up at the end of the run, without a word to the processor. */
  async dispose(): Promise<void> {
    this.#assigned = false
    this.#usable = false
    await this.#committer.close()
  }

  /** Whether all there is, undecided transactions included, was read; asks the log anew unless more is known of. */
  async caughtUp(): Promise<boolean> {
    if (!this.#usable || this.#position < this.#knownEnd) return false
    try {
      const { end } = await rangeOf({ at: this.at, run: this.#run })
      this.#knownEnd = Math.max(this.#knownEnd, end)
      return this.#usable && this.#position >= end
    } catch (error) {
      this.#run.client.logger.debug({ ...this.at, reason: messageOf(error) }, 'the end of a partition is unknown')
      return false
    }
  }

  #tickView(): TickView {
    return { now: this.#run.client.clock.now(), caughtUp: () => this.caughtUp() }
  }

  async #processPart(part: RecordBatch): Promise<boolean> {
    const { processor } = this.#run
    if (part.count > 0 && !(await this.#carryOut(() => processor.process(part)))) return false
    this.#position = part.next
    // A processor that commits elsewhere keeps what it has read; one that does not may still be reading up its state.
    if (this.#run.options.commit === 'offsets' || part.next >= this.#knownEnd) this.#owesStep = false
    if (part.count > 0) this.#lastTimestamp = part.columns.timestamps[part.first + part.count - 1] as EpochMs
    if (part.next > this.#troubleAt) this.#troubles = 0
    return true
  }

  /** Null when the bytes are damaged, which ends the run. */
  #decode(fetched: FetchedBatch): ColumnBatch | null {
    try {
      return recordBatchOf(fetched)
    } catch (error) {
      this.#failed(error)
      return null
    }
  }

  #expects(fetched: FetchedBatch): boolean {
    if (!this.#usable || this.#run.stopping.aborted) return false
    if (Number(fetched.fetchedOffset) === this.#position) return true
    this.#run.fetching.seek(this.at, this.#position)
    return false
  }

  /** Calls the processor and carries out what it wants; false when that has ended this life of the partition. */
  async #carryOut(call: () => Promise<readonly PartitionCommit[]>): Promise<boolean> {
    if (!this.#usable) return false
    try {
      const commits = await call()
      if (!this.#usable) return false
      await this.#committer.carryOut(commits)
      if (commits.length > 0) {
        this.#troubles = 0
        this.#owesStep = false
      }
    } catch (error) {
      this.#failed(error)
      return false
    }
    return this.#usable
  }

  #failed(error: unknown): void {
    const { client } = this.#run
    if (error instanceof ReopenPartitions) {
      this.#run.reopen(error.partitions, error)
    } else if (!(error instanceof RedoPartition)) {
      this.#void()
      this.#run.fail(error)
    } else if (error.fenced) {
      this.#dropFenced(error)
    } else {
      client.logger.warn({ ...this.at, reason: error.message }, 'a partition is begun anew from what is committed')
      this.reopen(error.cause)
    }
  }

  /**
   * Another instance has opened the partition: it owns it now, or did for a moment. It is left alone until the group
   * says that it is ours, by a join or by accepting a heartbeat; a member that was taken for dead hears neither.
   */
  #dropFenced(error: RedoPartition): void {
    this.#run.client.logger.info({ ...this.at }, 'another instance has taken over the partition; it is dropped here')
    const goOn = this.#noteTrouble(error.cause)
    this.#void()
    this.#close()
    this.#owesStep = false
    this.#fenced = goOn
  }

  #void(): void {
    this.#usable = false
    this.#fenced = false
    this.#run.fetching.pause(this.at)
  }

  /** Counts a failure; false when it was the last that is allowed, which ends the run. */
  #noteTrouble(reason: unknown): boolean {
    this.#troubles++
    this.#troubleAt = Math.max(this.#troubleAt, this.#position)
    if (this.#troubles < this.#run.client.limits.openAttemptsMax) return true
    this.#void()
    this.#run.fail(reason)
    return false
  }

  #openAnew(): void {
    this.#void()
    if (this.#reopening) return
    this.#reopening = true
    void this.#mutex.run(async () => {
      this.#reopening = false
      this.#close()
      await this.#open()
    })
  }

  #close(): void {
    this.#usable = false
    this.#committer.discard()
    this.#run.forgetOffset(this.at)
    if (!this.#opened) return
    this.#opened = false
    try {
      this.#run.processor.close(this.at)
    } catch (error) {
      this.#run.fail(error)
    }
  }

  async #open(): Promise<void> {
    const { limits, clock } = this.#run.client
    const { openDelayMinMs: delayMinMs, openDelayMaxMs: delayMaxMs } = limits
    const delayMs = backoffMs(this.#troubles, { delayMinMs, delayMaxMs }, () => 1)
    if (this.#troubles > 0) await clock.sleep(delayMs, this.#run.stopping)
    if (!this.#assigned || this.#reopening || this.#run.stopping.aborted) return
    try {
      const onOpening = () => {
        this.#opened = true
      }
      const opening = { at: this.at, run: this.#run, committer: this.#committer, onOpening }
      const { start, logEnd } = await openPartition(opening)
      this.#begin(start, logEnd)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Begins to read, unless the partition was lost or voided while it was opened. */
  #begin(start: number, logEnd: number): void {
    if (!this.#assigned || this.#reopening || this.#run.stopping.aborted) return
    this.#position = start
    this.#knownEnd = logEnd
    this.#usable = true
    this.#fetchFromHere()
  }

  /** Goes on over a join, unless that came of the topic's end. */
  async #carryOn(): Promise<void> {
    if (!this.#usable) return
    try {
      await requireTopic(this.#run, this.at.topic)
    } catch (error) {
      return this.#failed(redoOf(this.#run.client.errorOf(error, `go on with ${partitionName(this.at)}`)))
    }
    this.#fetchFromHere()
  }

  #fetchFromHere(): void {
    if (!this.#usable) return
    if (this.#position >= this.#knownEnd) this.#owesStep = false
    this.#run.fetching.seek(this.at, this.#position)
    this.#run.fetching.resume(this.at)
  }
}
