// Late quotes and dead letters of today, counted: first from the tables, then on from the topics. Invariant: a record
// counts once, since each partition has a position that it must not lie before. Memory is that of one example a reason.

import type { LogRecord, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { decodeDeadLetter } from '#market/dead_letter'
import { DEAD_LETTERS_TOPIC, LATE_TOPIC } from '#market/topics'
import { DAY_MS, type EpochMs, type Offset } from '#runtime/units'
import type { DeadLettersOfReason, DeadLettersState, LateQuotesState } from '#services/web/api'
import { type LateExample, lateQuoteIn, letterExample } from '#services/web/refused/refused_records'

/** What the tables hold of one day, and how far they have taken the topics in. */
export interface RefusedSeed {
  /** The start of the day (UTC). */
  readonly day: EpochMs
  readonly lateQuotes: LateQuotesState
  readonly deadLetters: readonly DeadLettersOfReason[]
  /** By partitionName: the first offset that is not in the table. */
  readonly next: ReadonlyMap<string, Offset>
}

/** A partition, and where it ends if that is known. */
export interface AlongPartition extends TopicPartition {
  readonly end?: Offset
}

/** What came in since midnight (UTC), by ingest time. The live part reads its topics along with its own. */
export class RefusedToday {
  readonly topics = [LATE_TOPIC, DEAD_LETTERS_TOPIC]
  #day = Number.NEGATIVE_INFINITY
  #late: { count: number; example: LateExample | null } = { count: 0, example: null }
  readonly #reasons = new Map<string, { count: number; example: DeadLettersOfReason['example'] }>()
  readonly #next = new Map<string, Offset>()
  #hasBegun = false

  /** Begins with what the tables hold. Once the reading has begun it is too late: the records count by themselves. */
  seed({ day, lateQuotes, deadLetters, next }: RefusedSeed): void {
    if (this.#hasBegun) return
    this.#startDay(day)
    this.#late = { ...lateQuotes }
    for (const { reason, count, example } of deadLetters) this.#reasons.set(reason, { count, example })
    for (const [partition, offset] of next) this.#next.set(partition, offset)
  }

  /** The first offset that does not count yet. */
  startOf({ end, ...at }: AlongPartition): Offset {
    this.#hasBegun = true
    const name = partitionName(at)
    const next = this.#next.get(name) ?? (0 as Offset)
    if (end === undefined || next <= end) return next
    // The topic was made anew, and its offsets begin anew.
    this.#next.delete(name)
    return 0 as Offset
  }

  /** Takes a record of its topics; those of others are none of its business. */
  take(at: TopicPartition, record: LogRecord): void {
    const name = partitionName(at)
    if (record.offset < (this.#next.get(name) ?? 0)) return
    this.#next.set(name, (record.offset + 1) as Offset)
    if (at.topic === LATE_TOPIC) this.#takeLate(record)
    else if (at.topic === DEAD_LETTERS_TOPIC) this.#takeLetter(record)
  }

  /** Late quotes of the day that `now` is in. */
  lateQuotes(now: EpochMs): LateQuotesState {
    this.#startDay(dayOf(now))
    return { ...this.#late }
  }

  /** Dead letters of the day that `now` is in; the most frequent reason first. */
  deadLetters(now: EpochMs): DeadLettersState {
    this.#startDay(dayOf(now))
    const reasons = [...this.#reasons].map(([reason, { count, example }]) => ({ reason, count, example }))
    reasons.sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason))
    return { count: reasons.reduce((sum, { count }) => sum + count, 0), reasons }
  }

  #takeLate({ value }: LogRecord): void {
    const late = lateQuoteIn(value)
    if (late === null || !this.#isToday(late.ingestTime)) return
    this.#late = { count: this.#late.count + 1, example: late.example }
  }

  /** A mark of a redrive is no letter, and neither is what no version of us wrote. */
  #takeLetter({ value }: LogRecord): void {
    const letter = decodeDeadLetter(value)
    if (letter === null || !this.#isToday(letter.ingestTime)) return
    const count = (this.#reasons.get(letter.reason)?.count ?? 0) + 1
    this.#reasons.set(letter.reason, { count, example: letterExample(letter) })
  }

  /** Whether it is of the newest day that was seen; a newer day begins with nothing. */
  #isToday(time: EpochMs): boolean {
    this.#startDay(dayOf(time))
    return dayOf(time) === this.#day
  }

  #startDay(day: number): void {
    if (day <= this.#day) return
    this.#day = day
    this.#late = { count: 0, example: null }
    this.#reasons.clear()
  }
}

/** The start of the UTC day that the instant is in. */
export function dayOf(instant: EpochMs): EpochMs {
  return (Math.floor(instant / DAY_MS) * DAY_MS) as EpochMs
}
