// When the first record of a position came, read from the log itself: for records that came before anybody looked, and
// for places where the log only keeps a mark of its own. One reading at a time, seldom, and never waited for.

import type { EventLog, LogRecord, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { type PartitionPart, readParts } from '#log/topic_reading'
import { type Clock, timeLimit } from '#runtime/clock'
import type { EpochMs, Offset } from '#runtime/units'
import { LOOK_INTERVAL_MS, LOOK_MS_MAX, LOOK_PARTITIONS_MAX, LOOK_RECORDS_MAX } from '#services/web/flow/limits'

/** From the position, which was not yet processed, to the partition's end. */
export interface Waiting extends TopicPartition {
  readonly next: Offset
  readonly end: Offset
}

/** What reading needs. */
export interface WaitingParts {
  readonly log: EventLog
  readonly clock: Clock
  readonly newId: () => string
  readonly signal: AbortSignal
}

/** `none`: what stands there are the log's own marks. */
export type FirstRecord = EpochMs | 'none'

interface Found {
  readonly next: Offset
  /** How far was read. */
  readonly to: Offset
  readonly first: FirstRecord
}

/** The times of first waiting records, as far as they were looked up. */
export class WaitingRecords {
  readonly #parts: WaitingParts
  /** One for all readings: metrics have it as a label. */
  readonly #group: string
  readonly #found = new Map<string, Found>()
  #nextLook = 0
  #looking: Promise<void> | null = null

  constructor(parts: WaitingParts) {
    this.#parts = parts
    this.#group = `flow-${parts.newId()}`
  }

  /** The ingest time of the first record from the position on; undefined when that was not looked up. */
  firstOf({ next, end, ...partition }: Waiting): FirstRecord | undefined {
    const found = this.#found.get(partitionName(partition))
    if (found?.next !== next) return undefined
    return found.first !== 'none' || found.to >= end ? found.first : undefined
  }

  /** Begins to look these up, unless that is under way or was a moment ago. */
  lookUp(waiting: readonly Waiting[]): void {
    const now = this.#parts.clock.now()
    if (waiting.length === 0 || this.#looking !== null || now < this.#nextLook) return
    this.#nextLook = now + LOOK_INTERVAL_MS
    this.#looking = this.#read(waiting.slice(0, LOOK_PARTITIONS_MAX))
      // What was found so far stays; the log's own trouble is told by whoever asks it for the ends.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = null
      })
  }

  /** Resolves when nothing is being read. */
  async idle(): Promise<void> {
    await this.#looking
  }

  async #read(waiting: readonly Waiting[]): Promise<void> {
    const { log, clock, signal } = this.#parts
    const parts = waiting.map(partOf)
    const open = new Map(parts.map((part) => [partitionName(part), part]))
    const enough = new AbortController()
    const take = (at: TopicPartition, record: LogRecord) => {
      const name = partitionName(at)
      const part = open.get(name)
      if (part === undefined) return
      this.#found.set(name, { next: part.start, to: part.end, first: record.timestamp })
      open.delete(name)
      if (open.size === 0) enough.abort()
    }
    const limit = timeLimit(LOOK_MS_MAX, clock)
    const until = AbortSignal.any([signal, enough.signal, limit.signal])
    const reading = readParts(log, { parts, group: this.#group, signal: until, take })
    const isWhole = await reading.finally(() => limit.end())
    if (!isWhole) return
    for (const [name, part] of open) this.#found.set(name, { next: part.start, to: part.end, first: 'none' })
  }
}

function partOf({ topic, partition, next, end }: Waiting): PartitionPart {
  return { topic, partition, start: next, end: Math.min(end, next + LOOK_RECORDS_MAX) as Offset }
}
