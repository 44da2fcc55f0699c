// The newest records of a topic, kept by where they stand: so that whoever has come to a position, a table or a viewer,
// can be told what came after it, or that it is not at hand any more. Invariant: of each partition every record from
// `keptFrom` up to `next` is here.

import { type Offset, offset } from '#runtime/units'
import type { TopicPosition } from '#services/web/live/seam'

/** A record that is kept. */
export interface Kept<R> {
  readonly symbol: string
  readonly row: R
  readonly partition: number
  readonly offset: Offset
}

/** A topic as its reading begins. */
export interface KeptTopic {
  readonly topicId: string
  /** By partition, where the log begins, and where the reading does. */
  readonly logStarts: readonly Offset[]
  readonly starts: readonly Offset[]
}

/** What came after a position. */
export interface KeptSince<R> {
  /** In the order in which they came. */
  readonly records: readonly Kept<R>[]
  /** Records after the position that are not kept any more, or never were, though the log had them. */
  readonly missing: number
}

/** Keeps at most so many records, of one life of the topic. */
export class KeptRecords<R> {
  readonly #recordsMax: number
  readonly #ring: Kept<R>[] = []
  #topicId: string | null = null
  #logStarts: readonly Offset[] = []
  #keptFrom: Offset[] = []
  #next: Offset[] = []
  #sequence = 0
  #oldest = 0

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax
  }

  /** Forgets what there was, and begins to keep records of this topic. */
  begin({ topicId, logStarts, starts }: KeptTopic): void {
    this.#ring.length = 0
    this.#sequence = 0
    this.#oldest = 0
    this.#topicId = topicId
    this.#logStarts = logStarts
    this.#keptFrom = [...starts]
    this.#next = [...starts]
  }

  /** How far the reading has come; null before it has begun. */
  get position(): TopicPosition | null {
    return this.#topicId === null ? null : { topicId: this.#topicId, next: this.#next }
  }

  /** How many records have come since the beginning: what `newer` goes by. */
  get sequence(): number {
    return this.#sequence
  }

  add(record: Kept<R>): void {
    const at = this.#sequence % this.#recordsMax
    const dropped = this.#ring[at]
    if (dropped !== undefined) {
      this.#keptFrom[dropped.partition] = offset(dropped.offset + 1)
      this.#oldest++
    }
    this.#ring[at] = record
    this.#sequence++
  }

  /** All before `next` was read, kept records and others. */
  passed(partition: number, next: Offset): void {
    while (this.#next.length <= partition) {
      this.#keptFrom.push(offset(0))
      this.#next.push(offset(0))
    }
    this.#next[partition] = next
  }

  /** The reading goes on at `next`, and what was between is gone from the log. */
  skipped(partition: number, next: Offset): void {
    this.passed(partition, next)
    this.#keptFrom[partition] = next
  }

  /** Whether the records that came as number `sequence` and later are all at hand. */
  has(sequence: number): boolean {
    return sequence >= this.#oldest && sequence <= this.#sequence
  }

  /** The records that came as number `sequence` and later; null when they are not all at hand. */
  newer(sequence: number): readonly Kept<R>[] | null {
    return this.has(sequence) ? this.#from(sequence) : null
  }

  /** All that are kept, in the order in which they came. */
  all(): readonly Kept<R>[] {
    return this.#from(this.#oldest)
  }

  /** Whether all that came from these offsets on is here, by partition. What the log had let go of before is not. */
  holdsAllSince(next: readonly Offset[]): boolean {
    return this.#keptFrom.every((keptFrom, partition) => keptFrom <= (next[partition] ?? 0))
  }

  /** What came after the position; of null and of another life of the topic: after its beginning. */
  since(position: TopicPosition | null): KeptSince<R> {
    const taken = position?.topicId === this.#topicId ? (position?.next ?? []) : []
    const from = (partition: number) => taken[partition] ?? 0
    const records = this.all().filter((record) => record.offset >= from(record.partition))
    const missing = this.#keptFrom.reduce((sum, keptFrom, partition) => {
      return sum + Math.max(0, keptFrom - Math.max(from(partition), this.#logStarts[partition] ?? 0))
    }, 0)
    return { records, missing }
  }

  #from(sequence: number): readonly Kept<R>[] {
    const at = sequence % this.#recordsMax
    const count = this.#sequence - sequence
    const first = this.#ring.slice(at, at + count)
    return first.length === count ? first : [...first, ...this.#ring.slice(0, count - first.length)]
  }
}
