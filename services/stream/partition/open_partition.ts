// One open partition: silent rebuild to the committed offset, then live. What it returns is to be committed as one.
// Invariants: `decisions` with the records before `next` give `state`; nothing is put out for records already
// committed. A call means that all that was returned before is committed: else the partition would have been closed.

import type { LogRecord, NewRecord, PartitionCommit, RecordBatch, TickView, TopicPartition } from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { EpochMs, Offset } from '#runtime/units'
import { OFFSET_COMMIT_INTERVAL_MS, OFFSET_COMMIT_RECORDS_MAX } from '#services/stream/limits'
import { encodeMetadata } from '#services/stream/partition/commit_metadata'
import { addDecision, type Decision, settleDecision } from '#services/stream/partition/forced_closings'
import type { Snapshotter } from '#services/stream/snapshot/snapshotter'
import type { PartitionState } from '#services/stream/state/partition_state'
import { sizeOf } from '#services/stream/state/state_size'
import type { PartitionFacts } from '#services/stream/stream_metrics'
import { advance, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { isIdleDue } from '#services/stream/topology/idle'
import {
  clearOutputs,
  createOutputs,
  encodeOutputs,
  type Outputs,
  type StreamCounters,
  type UnstampedAlert,
  type UnstampedBar,
} from '#services/stream/topology/outputs'

/** What a partition is opened with. */
export interface PartitionRunOptions {
  readonly partition: TopicPartition
  readonly topicId: string
  /** What the records before `from` come to. */
  readonly state: PartitionState
  /** The first record to be read. */
  readonly from: number
  /** The committed offset: nothing is put out for records before it. */
  readonly liveFrom: number
  /** As committed; those at or after `from` are taken again. */
  readonly decisions: readonly Decision[]
  readonly snapshotter: Snapshotter
  readonly counters: StreamCounters
  readonly clock: Clock
  /** Told of alerts at once, before their commit: at least once. */
  readonly onAlerts: (alerts: readonly UnstampedAlert[]) => void
  /** Likewise of bars. */
  readonly onBars: (bars: readonly UnstampedBar[]) => void
}

/** A partition while it is held. Forgotten whole when it is lost or a commit fails. */
export class PartitionRun {
  private readonly partition: TopicPartition
  private readonly topicId: string
  private readonly state: PartitionState
  private readonly snapshotter: Snapshotter
  private readonly clock: Clock
  private readonly onAlerts: PartitionRunOptions['onAlerts']
  private readonly onBars: PartitionRunOptions['onBars']
  private readonly out: Outputs
  /** What the rebuild puts out, thrown away. */
  private readonly silent: Outputs = createOutputs()
  private readonly liveFrom: number
  private decisions: readonly Decision[]
  /** Decisions that the rebuild has not come to yet; null when live. */
  private ahead: Decision[] | null
  /** Whether the newest decision stands right before the next record. */
  private decisionIsNewest = false
  private next: number
  private committed: number
  private committedAt: EpochMs

  constructor(options: PartitionRunOptions) {
    const { partition, from, liveFrom, decisions, counters, clock } = options
    this.partition = partition
    this.topicId = options.topicId
    this.state = options.state
    this.snapshotter = options.snapshotter
    this.clock = clock
    this.onAlerts = options.onAlerts
    this.onBars = options.onBars
    this.out = createOutputs(counters)
    this.liveFrom = liveFrom
    this.decisions = decisions
    this.ahead = decisions.filter(({ offset }) => offset >= from)
    this.next = from
    this.committed = liveFrom
    this.committedAt = clock.now()
    if (this.next >= this.liveFrom) this.goLive()
  }

  /** Takes a batch through the topology. Progress without outputs is held back until enough has gathered. */
  process(batch: RecordBatch): PartitionCommit | null {
    this.offerSnapshot()
    for (const record of batch.records) {
      if (this.ahead !== null && record.offset >= this.liveFrom) this.goLive()
      if (this.ahead === null) this.takeRecord(record)
      else this.rebuild(this.ahead, record)
    }
    this.next = batch.next
    if (this.ahead !== null && this.next >= this.liveFrom) this.goLive()
    clearOutputs(this.silent)
    const due = this.next - this.committed >= OFFSET_COMMIT_RECORDS_MAX
    return this.commitOutputs() ?? (due ? this.commitProgress() : null)
  }

  /**
   * Closes what fell silent, if the partition is read to its end; commits held-back progress when its time has come.
   */
  async tick(view: TickView): Promise<PartitionCommit | null> {
    this.offerSnapshot()
    if (this.ahead !== null) {
      if (!(await view.caughtUp())) return null
      this.goLive()
    }
    if (isIdleDue(this.state, view.now) && (await view.caughtUp())) {
      advanceQuietClock(this.state, view.now, this.out)
      this.decide({ offset: this.next, kind: 'quiet', clock: view.now })
      return this.commitOutputs()
    }
    return view.now - this.committedAt >= OFFSET_COMMIT_INTERVAL_MS ? this.commitProgress() : null
  }

  /** The bounded end: every open window is emitted. */
  end(): PartitionCommit | null {
    if (this.ahead !== null) this.goLive()
    drain(this.state, this.out)
    if (this.out.bars.length > 0) this.decide({ offset: this.next, kind: 'drain', clock: 0 })
    return this.commitOutputs() ?? this.commitProgress()
  }

  /** The last chance to commit held-back progress. */
  flush(): PartitionCommit | null {
    return this.commitProgress()
  }

  /** What is shown of it. */
  facts(): PartitionFacts {
    const { partition } = this.partition
    return { partition, size: sizeOf(this.state), snapshots: this.snapshotter.facts }
  }

  /** The partition is lost. */
  close(): void {
    this.snapshotter.close()
  }

  private offerSnapshot(): void {
    if (this.ahead === null && this.next === this.committed) this.snapshotter.committed(this.state, this.next)
  }

  private takeRecord(record: LogRecord): void {
    advance(this.state, record, this.out)
    if (!this.decisionIsNewest) return
    this.decisions = settleDecision(this.decisions, this.state.clock)
    this.decisionIsNewest = false
  }

  private rebuild(ahead: Decision[], record: LogRecord): void {
    this.retakeDecisions(ahead, record.offset)
    advance(this.state, record, this.silent)
  }

  private goLive(): void {
    if (this.ahead !== null) this.retakeDecisions(this.ahead, this.liveFrom)
    this.ahead = null
    this.decisionIsNewest = this.decisions.at(-1)?.offset === this.liveFrom
    clearOutputs(this.silent)
    if (this.next < this.liveFrom) this.next = this.liveFrom
  }

  private retakeDecisions(ahead: Decision[], offset: number): void {
    while (ahead[0] !== undefined && ahead[0].offset <= offset) {
      const decision = ahead.shift() as Decision
      if (decision.kind === 'quiet') advanceQuietClock(this.state, decision.clock, this.silent)
      else drain(this.state, this.silent)
    }
  }

  private decide(decision: Decision): void {
    this.decisions = addDecision(this.decisions, decision)
    this.decisionIsNewest = true
  }

  private commitOutputs(): PartitionCommit | null {
    const now = this.clock.now()
    const outputs = encodeOutputs(this.out, this.partition.partition, now)
    if (outputs.length === 0) return null
    this.onBars(this.out.bars)
    this.onAlerts(this.out.alerts.slice())
    clearOutputs(this.out)
    return this.commitOf(outputs, now)
  }

  private commitProgress(): PartitionCommit | null {
    if (this.ahead !== null || this.next <= this.committed) return null
    return this.commitOf([], this.clock.now())
  }

  private commitOf(outputs: readonly NewRecord[], now: EpochMs): PartitionCommit {
    this.committed = this.next
    this.committedAt = now
    const { topicId, decisions } = this
    const metadata = encodeMetadata({ topicId, snapshot: this.snapshotter.name(), decisions })
    return { ...this.partition, next: this.next as Offset, metadata, outputs }
  }
}
