// One partition through a fresh topology: its records in order, and between them the forced closings that the
// records do not show.

import type { LogRecord } from '#log/event_log'
import type { Decoded, Rejected } from '#market/decoding/decoder'
import { viewOfDecoded } from '#market/decoding/quote_view'
import type { TopologySettings } from '#services/stream/config'
import { clearOutputs, createOutputs, type Outputs } from '#services/stream/outputs'
import { type ForcedClosing, repeatForcedClosing } from '#services/stream/partition/forced_closings'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { advanceDecoded } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'

/** What brought outputs about: a record, or a forced closing before the record at its offset. */
export interface Trigger {
  readonly offset: number
  readonly ingestTime: number
  readonly forcedClosing: ForcedClosing | null
}

/** A replay under way. */
export class PartitionReplay {
  readonly #state: PartitionState
  readonly #ahead: ForcedClosing[]
  readonly #quote = viewOfDecoded()
  readonly #out: Outputs = createOutputs()
  readonly #onOutputs: (out: Outputs, trigger: Trigger) => void
  #ingestTime = 0

  constructor(options: {
    readonly partition: number
    readonly settings: TopologySettings
    readonly forcedClosings: readonly ForcedClosing[]
    /** Told of what one trigger brought about; must not keep the lists. */
    readonly onOutputs: (out: Outputs, trigger: Trigger) => void
  }) {
    this.#state = createPartitionState(options.partition, options.settings)
    this.#ahead = [...options.forcedClosings]
    this.#onOutputs = options.onOutputs
  }

  /** Takes the next record, after the forced closings before it. */
  take(record: LogRecord, decoded: Decoded | Rejected): void {
    this.#repeatForcedClosings(record.offset)
    this.#ingestTime = record.timestamp
    const rejected = decoded.kind === 'rejected' ? decoded : null
    if (decoded.kind === 'quote') this.#quote.showDecoded(decoded.quote)
    advanceDecoded(this.#state, arrivalOf(record, this.#quote), rejected, this.#out)
    this.#emit({ offset: record.offset, ingestTime: record.timestamp, forcedClosing: null })
  }

  /** Repeats the forced closings at the end: those before the record at `next`, which is not taken. */
  end(next: number): void {
    this.#repeatForcedClosings(next)
  }

  #repeatForcedClosings(offset: number): void {
    for (
      let forcedClosing = this.#ahead[0];
      forcedClosing !== undefined && forcedClosing.offset <= offset;
      forcedClosing = this.#ahead[0]
    ) {
      this.#ahead.shift()
      repeatForcedClosing(this.#state, forcedClosing, this.#out)
      this.#emit({ offset: forcedClosing.offset, ingestTime: this.#ingestTime, forcedClosing })
    }
  }

  #emit(trigger: Trigger): void {
    const { bars, alerts, late, deadLetters, copies } = this.#out
    if (bars.length + alerts.length + late.length + deadLetters.length + copies.length === 0) return
    this.#onOutputs(this.#out, trigger)
    clearOutputs(this.#out)
  }
}
