// One open partition: silent rebuild to the committed offset, then live. What it returns is to be committed as one.
// Invariants: `forcedClosings` with the records before `next` give `state`; nothing is put out for records already
// committed. A call means that all that was returned before is committed: else the partition would have been closed.

import type { NewRecord, PartitionCommit, RecordBatch, TickView, TopicPartition } from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { EpochMs, Offset } from '#runtime/units'
import { OFFSET_COMMIT_INTERVAL_MS, OFFSET_COMMIT_RECORDS_MAX } from '#services/stream/limits'
import {
  clearOutputs,
  createOutputs,
  encodeOutputs,
  type Outputs,
  type StreamCounters,
  type UnstampedAlert,
  type UnstampedBar,
} from '#services/stream/outputs'
import { encodeMetadata } from '#services/stream/partition/commit_metadata'
import {
  addForcedClosing,
  type ForcedClosing,
  repeatForcedClosing,
  settleForcedClosings,
} from '#services/stream/partition/forced_closings'
import type { StateSnapshotter } from '#services/stream/snapshot/state_snapshotter'
import { marketTimesOf } from '#services/stream/state/market_times'
import type { PartitionState } from '#services/stream/state/partition_state'
import { sizeOf } from '#services/stream/state/state_size'
import type { PartitionFacts } from '#services/stream/stream_metrics'
import { advance, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { Arrival } from '#services/stream/topology/arrival'
import { isIdleDue } from '#services/stream/topology/idle'

/** What a partition is opened with. */
export interface OpenPartitionOptions {
  readonly partition: TopicPartition
  readonly topicId: string
  /** What the records before `from` come to. */
  readonly state: PartitionState
  /** The first record to be read. */
  readonly from: number
  /** The committed offset: nothing is put out for records before it. */
  readonly liveFrom: number
  /** As committed; those at or after `from` are repeated. */
  readonly forcedClosings: readonly ForcedClosing[]
  readonly snapshotter: StateSnapshotter
  readonly counters: StreamCounters
  readonly clock: Clock
  /** Told of alerts at once, before their commit: at least once. */
  readonly onAlerts: (alerts: readonly UnstampedAlert[]) => void
  /** Likewise of bars. */
  readonly onBars: (bars: readonly UnstampedBar[]) => void
}

/** A partition while it is held. Forgotten whole when it is lost or a commit fails. */
export class OpenPartition {
  readonly #partition: TopicPartition
  readonly #topicId: string
  readonly #state: PartitionState
  readonly #snapshotter: StateSnapshotter
  readonly #clock: Clock
  readonly #onAlerts: OpenPartitionOptions['onAlerts']
  readonly #onBars: OpenPartitionOptions['onBars']
  readonly #out: Outputs
  /** What the rebuild puts out, thrown away. */
  readonly #silent: Outputs = createOutputs()
  readonly #liveFrom: number
  #forcedClosings: readonly ForcedClosing[]
  /** Forced closings that the rebuild has not come to yet; null when live. */
  #ahead: ForcedClosing[] | null
  /** Whether the newest forced closing stands right before the next record. */
  #closingIsNewest = false
  /** The bounded end was reached. */
  #hasEnded = false
  #next: number
  #committed: number
  #committedAt: EpochMs

  constructor(options: OpenPartitionOptions) {
    const { partition, from, liveFrom, forcedClosings, counters, clock } = options
    this.#partition = partition
    this.#topicId = options.topicId
    this.#state = options.state
    this.#snapshotter = options.snapshotter
    this.#clock = clock
    this.#onAlerts = options.onAlerts
    this.#onBars = options.onBars
    this.#out = createOutputs(counters)
    this.#liveFrom = liveFrom
    this.#forcedClosings = forcedClosings
    this.#ahead = forcedClosings.filter(({ offset }) => offset >= from)
    this.#next = from
    this.#committed = liveFrom
    this.#committedAt = clock.now()
    if (this.#next >= this.#liveFrom) this.#goLive()
  }

  /**
   * To be called before a batch of so many records is processed. It must wait for what is returned, if anything: else
   * a snapshot that is under way would hold the process up.
   */
  prepare(records: number): Promise<void> | null {
    this.#offerSnapshot()
    return this.#state.image?.readyFor(records) ?? null
  }

  /** Takes a batch through the topology. Progress without outputs is held back until enough has gathered. */
  process(batch: RecordBatch): PartitionCommit | null {
    const arrival = new Arrival(batch.columns, this.#state.settings.decoder.view)
    const end = batch.first + batch.count
    for (let row = batch.first; row < end; row++) {
      arrival.moveTo(row)
      if (this.#ahead !== null && arrival.offset >= this.#liveFrom) this.#goLive()
      if (this.#ahead === null) this.#takeRecord(arrival)
      else this.#rebuild(this.#ahead, arrival)
    }
    this.#next = batch.next
    if (this.#ahead !== null && this.#next >= this.#liveFrom) this.#goLive()
    clearOutputs(this.#silent)
    const due = this.#next - this.#committed >= OFFSET_COMMIT_RECORDS_MAX
    return this.#commitOutputs() ?? (due ? this.#commitProgress() : null)
  }

  /**
   * Closes what fell silent, if the partition is read to its end; commits held-back progress when its time has come.
   */
  async tick(view: TickView): Promise<PartitionCommit | null> {
    this.#offerSnapshot()
    if (this.#ahead !== null) {
      if (!(await view.caughtUp())) return null
      this.#goLive()
    }
    if (isIdleDue(this.#state, view.now) && (await view.caughtUp())) {
      advanceQuietClock(this.#state, view.now, this.#out)
      this.#remember({ offset: this.#next, kind: 'quiet', clock: view.now })
      return this.#commitOutputs()
    }
    return view.now - this.#committedAt >= OFFSET_COMMIT_INTERVAL_MS ? this.#commitProgress() : null
  }

  /** The bounded end: every open window is emitted. */
  end(): PartitionCommit | null {
    if (this.#ahead !== null) this.#goLive()
    drain(this.#state, this.#out)
    if (this.#out.bars.length > 0) this.#remember({ offset: this.#next, kind: 'drain', clock: 0 })
    this.#hasEnded = true
    return this.#commitOutputs() ?? this.#commitProgress()
  }

  /**
   * The last chance to commit: held-back progress, or the snapshot of what a bounded run has come to. Else the next run
   * would read again what came since the one before.
   */
  async flush(): Promise<PartitionCommit | null> {
    const progress = this.#commitProgress()
    if (progress !== null || !this.#hasEnded || this.#next !== this.#committed) return progress
    return (await this.#snapshotter.last(this.#state, this.#next)) ? this.#commitOf([], this.#clock.now()) : null
  }

  /** What is shown of it. */
  facts(): PartitionFacts {
    const { partition } = this.#partition
    const state = this.#state
    return { partition, size: sizeOf(state), markets: marketTimesOf(state), snapshots: this.#snapshotter.facts }
  }

  /** The partition is lost. */
  close(): void {
    this.#snapshotter.close()
  }

  #offerSnapshot(): void {
    if (this.#ahead === null && this.#next === this.#committed) this.#snapshotter.committed(this.#state, this.#next)
  }

  #takeRecord(arrival: Arrival): void {
    advance(this.#state, arrival, this.#out)
    if (!this.#closingIsNewest) return
    this.#forcedClosings = settleForcedClosings(this.#forcedClosings, this.#state.clock)
    this.#closingIsNewest = false
  }

  #rebuild(ahead: ForcedClosing[], arrival: Arrival): void {
    this.#repeatForcedClosings(ahead, arrival.offset)
    advance(this.#state, arrival, this.#silent)
  }

  #goLive(): void {
    if (this.#ahead !== null) this.#repeatForcedClosings(this.#ahead, this.#liveFrom)
    this.#ahead = null
    this.#closingIsNewest = this.#forcedClosings.at(-1)?.offset === this.#liveFrom
    clearOutputs(this.#silent)
    if (this.#next < this.#liveFrom) this.#next = this.#liveFrom
  }

  #repeatForcedClosings(ahead: ForcedClosing[], offset: number): void {
    while (ahead[0] !== undefined && ahead[0].offset <= offset) {
      repeatForcedClosing(this.#state, ahead.shift() as ForcedClosing, this.#silent)
    }
  }

  #remember(forcedClosing: ForcedClosing): void {
    this.#forcedClosings = addForcedClosing(this.#forcedClosings, forcedClosing)
    this.#closingIsNewest = true
  }

  #commitOutputs(): PartitionCommit | null {
    const now = this.#clock.now()
    const { partition } = this.#partition
    const { barIntervalMs } = this.#state.settings
    const outputs = encodeOutputs(this.#out, { partition, processingTime: now, barIntervalMs })
    if (outputs.length === 0) return null
    this.#onBars(this.#out.bars)
    this.#onAlerts(this.#out.alerts.slice())
    clearOutputs(this.#out)
    return this.#commitOf(outputs, now)
  }

  #commitProgress(): PartitionCommit | null {
    if (this.#ahead !== null || this.#next <= this.#committed) return null
    return this.#commitOf([], this.#clock.now())
  }

  #commitOf(outputs: readonly NewRecord[], now: EpochMs): PartitionCommit {
    this.#committed = this.#next
    this.#committedAt = now
    const [topicId, forcedClosings] = [this.#topicId, this.#forcedClosings]
    const metadata = encodeMetadata({ topicId, snapshot: this.#snapshotter.name(), forcedClosings })
    return { ...this.#partition, next: this.#next as Offset, metadata, outputs }
  }
}
