// Where partitions ended, again and again: how fast topics grow, and when a position was reached. Invariant: at most
// SAMPLES_MAX ends a partition; those of a topic that was made anew are forgotten.

import type { PartitionRange, TopicPartition } from '#log/event_log'
import type { EpochMs, Offset } from '#runtime/units'
import { RATE_WINDOW_MS, SAMPLE_GAP_MS_MAX, SAMPLES_MAX } from '#services/web/flow/limits'

/** A topic at one moment. */
export interface SampledTopic {
  readonly topic: string
  /** TopicInfo.id. */
  readonly id: string
  readonly ranges: readonly PartitionRange[]
}

interface Sample {
  readonly time: EpochMs
  /** By partition. */
  readonly ends: Float64Array
}

interface TopicSamples {
  readonly id: string
  readonly samples: Sample[]
}

/** The ends of topics over time. */
export class EndSamples {
  readonly #topics = new Map<string, TopicSamples>()

  /** Takes in where the topic ends now. */
  take(time: EpochMs, { topic, id, ranges }: SampledTopic): void {
    const known = this.#topics.get(topic)
    const samples = known?.id === id ? known.samples : []
    const ends = new Float64Array(ranges.reduce((count, { partition }) => Math.max(count, partition + 1), 0))
    for (const { partition, end } of ranges) ends[partition] = end
    samples.push({ time, ends })
    if (samples.length > SAMPLES_MAX) samples.shift()
    if (known?.samples !== samples) this.#topics.set(topic, { id, samples })
  }

  /** How fast the topic grew lately; null when it was not looked at for long enough. */
  recordsPerSecond(topic: string): number | null {
    const samples = this.#topics.get(topic)?.samples ?? []
    const last = samples.at(-1)
    if (last === undefined) return null
    const first = samples.find(({ time }) => last.time - time <= RATE_WINDOW_MS)
    if (first === undefined || first.time >= last.time) return null
    const grown = Math.max(0, total(last.ends) - total(first.ends))
    return (grown * 1000) / (last.time - first.time)
  }

  /** When the record at the offset came, within SAMPLE_GAP_MS_MAX; null when the ends do not tell. */
  arrivalOf({ topic, partition }: TopicPartition, offset: Offset): EpochMs | null {
    const samples = this.#topics.get(topic)?.samples ?? []
    const at = samples.findIndex(({ ends }) => (ends[partition] ?? 0) > offset)
    const [before, after] = [samples[at - 1], samples[at]]
    if (before === undefined || after === undefined || before.ends.length <= partition) return null
    return after.time - before.time <= SAMPLE_GAP_MS_MAX ? after.time : null
  }
}

function total(ends: Float64Array): number {
  return ends.reduce((sum, end) => sum + end, 0)
}
