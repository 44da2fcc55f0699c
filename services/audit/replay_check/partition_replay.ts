// One partition through a fresh topology: its records in order, and between them the decisions that records do not
// show.

import type { LogRecord } from '#log/event_log'
import type { Decoded, Rejected } from '#market/decoding/decoder'
import type { Decision } from '#services/stream/partition/forced_closings'
import {
  createPartitionState,
  type PartitionState,
  type TopologySettings,
} from '#services/stream/state/partition_state'
import { advanceDecoded, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { clearOutputs, createOutputs, type Outputs } from '#services/stream/topology/outputs'

/** What brought outputs about: a record, or a decision that was taken before the record at its offset. */
export interface Trigger {
  readonly offset: number
  readonly ingestTime: number
  readonly decision: Decision | null
}

/** A replay under way. */
export class PartitionReplay {
  readonly #state: PartitionState
  readonly #ahead: Decision[]
  readonly #out: Outputs = createOutputs()
  readonly #onOutputs: (out: Outputs, trigger: Trigger) => void
  #ingestTime = 0

  constructor(options: {
    readonly partition: number
    readonly settings: TopologySettings
    readonly decisions: readonly Decision[]
    /** Told of what one trigger brought about; must not keep the lists. */
    readonly onOutputs: (out: Outputs, trigger: Trigger) => void
  }) {
    this.#state = createPartitionState(options.partition, options.settings)
    this.#ahead = [...options.decisions]
    this.#onOutputs = options.onOutputs
  }

  /** Takes the next record, with the decisions before it. */
  take(record: LogRecord, decoded: Decoded | Rejected): void {
    this.#decide(record.offset)
    this.#ingestTime = record.timestamp
    advanceDecoded(this.#state, record, decoded, this.#out)
    this.#emit({ offset: record.offset, ingestTime: record.timestamp, decision: null })
  }

  /** Takes the decisions at the end: those before the record at `next`, which is not taken. */
  end(next: number): void {
    this.#decide(next)
  }

  #decide(offset: number): void {
    for (
      let decision = this.#ahead[0];
      decision !== undefined && decision.offset <= offset;
      decision = this.#ahead[0]
    ) {
      this.#ahead.shift()
      if (decision.kind === 'quiet') advanceQuietClock(this.#state, decision.clock, this.#out)
      else drain(this.#state, this.#out)
      this.#emit({ offset: decision.offset, ingestTime: this.#ingestTime, decision })
    }
  }

  #emit(trigger: Trigger): void {
    const { bars, alerts, late, deadLetters, copies } = this.#out
    if (bars.length + alerts.length + late.length + deadLetters.length + copies.length === 0) return
    this.#onOutputs(this.#out, trigger)
    clearOutputs(this.#out)
  }
}
