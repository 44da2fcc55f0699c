// What a replay is asked for and what it gives, whichever source its records come from; and how a source's records go
// through topology and comparison.

import type { LogRecord } from '#log/event_log'
import type { Decoded, Rejected } from '#market/decoding/decoder'
import { PartitionComparison, type Unknowns } from '#services/audit/replay_check/comparison'
import type { EmittedOutputs } from '#services/audit/replay_check/emitted'
import { replayedOutputs } from '#services/audit/replay_check/output'
import { PartitionReplay } from '#services/audit/replay_check/partition_replay'
import type { ReplayFindings } from '#services/audit/replay_check/replay_findings'
import { MetStretch, type Stretch } from '#services/audit/replay_check/stretch'
import type { TopologySettings } from '#services/stream/config'
import type { ForcedClosing } from '#services/stream/partition/forced_closings'

/** What is asked for. */
export interface ReplayRequest {
  readonly settings: TopologySettings
  readonly stretch: Stretch
  /** Null: all. */
  readonly partition: number | null
  /** Records to replay before the stretch; null: all there are. */
  readonly warmUp: number | null
  readonly findings: ReplayFindings
  /** Told in words how far it is. */
  readonly onProgress: (text: string) => void
}

/** What was met on the way. */
export interface ReplayEvidence {
  partitions: number
  /** Records that went through the topology, and those of them in the stretch. */
  records: number
  compared: number
  /** Emitted values that no version of us wrote. */
  unreadable: number
  /** Of the emitted bars. */
  readonly barIntervalsMs: Set<number>
  /** Of the emitted alerts. */
  readonly rules: Set<string>
  /** What the comparison leaves out as a whole. */
  readonly notes: string[]
}

/** Nothing met yet. */
export function newEvidence(): ReplayEvidence {
  return {
    partitions: 0,
    records: 0,
    compared: 0,
    unreadable: 0,
    barIntervalsMs: new Set(),
    rules: new Set(),
    notes: [],
  }
}

/** One partition to be replayed. */
export interface PartitionPlan {
  readonly partition: number
  readonly emitted: EmittedOutputs
  readonly forcedClosings: readonly ForcedClosing[]
  readonly unknowns: Unknowns
}

const PROGRESS_RECORDS = 20_000

/** Takes the records of one partition, in order. */
export class PartitionCheck {
  readonly #plan: PartitionPlan
  readonly #request: ReplayRequest
  readonly #evidence: ReplayEvidence
  readonly #stretch: MetStretch
  readonly #comparison: PartitionComparison
  readonly #replay: PartitionReplay
  #inside = false
  #ingestTime = 0

  constructor(plan: PartitionPlan, request: ReplayRequest, evidence: ReplayEvidence) {
    const { partition, emitted, unknowns, forcedClosings } = plan
    const { settings, findings } = request
    this.#plan = plan
    this.#request = request
    this.#evidence = evidence
    this.#stretch = new MetStretch(request.stretch)
    this.#comparison = new PartitionComparison({ partition, emitted, unknowns, findings, stretch: this.#stretch })
    this.#replay = new PartitionReplay({
      partition,
      settings,
      forcedClosings,
      onOutputs: (out, trigger) => {
        // A forced closing belongs to the records before it.
        const { offset, ingestTime, forcedClosing } = trigger
        const inside =
          forcedClosing === null ? this.#inside : this.#stretch.contains(Math.max(offset - 1, 0), ingestTime)
        this.#comparison.take(replayedOutputs(out), trigger, inside)
      },
    })
  }

  /** The next record. */
  take(record: LogRecord, decoded: Decoded | Rejected): void {
    this.#inside = this.#stretch.meet(record.offset, record.timestamp)
    if (decoded.kind === 'quote') this.#comparison.meetQuote(decoded.quote, record.offset)
    this.#replay.take(record, decoded)
    this.#ingestTime = record.timestamp
    this.#evidence.records++
    if (this.#inside) this.#evidence.compared++
    if (this.#evidence.records % PROGRESS_RECORDS === 0) this.#showProgress()
  }

  /** No more records; `next` is the offset after the last one. */
  end(next: number): void {
    this.#replay.end(next)
    this.#comparison.end({ next, ingestTime: this.#ingestTime })
    const { emitted } = this.#plan
    this.#evidence.partitions++
    this.#evidence.unreadable += emitted.unreadable
    for (const interval of emitted.barIntervalsMs) this.#evidence.barIntervalsMs.add(interval)
    for (const rule of emitted.rules) this.#evidence.rules.add(rule)
  }

  #showProgress(): void {
    const { records } = this.#evidence
    this.#request.onProgress(`replay-check: partition ${this.#plan.partition}, ${records} records replayed`)
  }
}
