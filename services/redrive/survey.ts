// What stands in stock-dead-letters: letters by reason, and which of them were redriven already, as the marks beside
// them say. Two bits of memory a letter.
// Invariant: a partition's token was read before its records. While it stays what it is no redrive has committed there,
// and what the survey takes for not redriven is just that.

import type { EventLog, LogRecord } from '#log/event_log'
import { type OffsetSet, PartitionOffsets } from '#log/offset_set'
import { type PartitionPart, readParts } from '#log/topic_reading'
import { type DeadLetter, type DeadLetterReason, decodeDeadLetter } from '#market/dead_letter'
import { isRedriveMark } from '#market/headers'
import { decodeRedriveMark } from '#market/redrive_mark'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import type { EpochMs } from '#runtime/units'

/** The consumer group of all redrives: one at a time commits for a partition, and its metadata is the token. */
export const REDRIVE_GROUP = 'redrive'

/** The letters of one reason. */
export interface ReasonLetters {
  readonly reason: DeadLetterReason
  readonly offsets: PartitionOffsets
  count: number
  /** When the log took the first and the last of the refused records in. */
  first: EpochMs
  last: EpochMs
  /** The newest letter, in words. */
  sample: { readonly partition: number; readonly offset: number; readonly detail: string; readonly attempt: number }
}

/** The state of the topic when it was read. */
export interface Survey {
  readonly parts: readonly PartitionPart[]
  /** What the group had committed before the reading, by partition. */
  readonly tokens: ReadonlyMap<number, string>
  readonly reasons: ReadonlyMap<DeadLetterReason, ReasonLetters>
  readonly redriven: PartitionOffsets
  /** The part of `redriven` that each redrive did, by its id. */
  readonly byRedrive: ReadonlyMap<string, PartitionOffsets>
  /** Records that are neither a letter nor a mark of ours. */
  readonly unreadable: number
}

/** How to read. */
export interface SurveyOptions {
  /** A name that no other consumer group has. */
  readonly group: string
  readonly signal: AbortSignal
  /** Told now and then how many records of how many were read. */
  readonly onProgress: (records: number, total: number) => void
}

const PROGRESS_RECORDS = 1_000

/** Reads the whole topic. Throws STOPPED when it is stopped before its end. */
export async function surveyLetters(log: EventLog, options: SurveyOptions): Promise<Survey> {
  const { group, signal } = options
  const committed = await log.committed(REDRIVE_GROUP, DEAD_LETTERS_TOPIC, { signal })
  const tokens = new Map([...committed].map(([partition, { metadata }]) => [partition, metadata]))
  const parts = await log.ranges(DEAD_LETTERS_TOPIC)
  const total = parts.reduce((sum, { start, end }) => sum + end - start, 0)
  const reader = new LetterReader()
  let records = 0
  const take = ({ partition }: { readonly partition: number }, record: LogRecord) => {
    reader.take(partition, record)
    if (++records % PROGRESS_RECORDS === 0) options.onProgress(records, total)
  }
  if (!(await readParts(log, { parts, group, signal, take }))) {
    throw new PlatformError('STOPPED', 'stopped while the dead letters were read; nothing more was published')
  }
  const { reasons, redriven, byRedrive, unreadable } = reader
  return { parts, tokens, reasons, redriven, byRedrive, unreadable }
}

class LetterReader {
  readonly reasons = new Map<DeadLetterReason, ReasonLetters>()
  readonly redriven = new PartitionOffsets()
  readonly byRedrive = new Map<string, PartitionOffsets>()
  unreadable = 0

  take(partition: number, record: LogRecord): void {
    const letter = letterOf(record)
    if (isRedriveMark(record.headers)) this.#takeMark(partition, record)
    else if (letter === null) this.unreadable++
    else this.#takeLetter(letter, { partition, offset: record.offset })
  }

  #takeLetter(letter: DeadLetter, place: { readonly partition: number; readonly offset: number }): void {
    const { reason, detail, attempt, ingestTime } = letter
    const known = this.reasons.get(reason)
    const sample = { ...place, detail, attempt }
    const offsets = known?.offsets ?? new PartitionOffsets()
    offsets.of(place.partition).add(place.offset)
    if (known === undefined) {
      this.reasons.set(reason, { reason, offsets, count: 1, first: ingestTime, last: ingestTime, sample })
      return
    }
    known.count++
    if (ingestTime < known.first) known.first = ingestTime
    if (ingestTime < known.last) return
    known.last = ingestTime
    known.sample = sample
  }

  #takeMark(partition: number, record: LogRecord): void {
    const mark = decodeRedriveMark(record.value)
    if (mark === null) {
      this.unreadable++
      return
    }
    const own = this.byRedrive.get(mark.redrive) ?? new PartitionOffsets()
    this.byRedrive.set(mark.redrive, own)
    for (const [first, last] of mark.letters) {
      // A mark stands behind its letters; a range that says otherwise is not to take up memory without end.
      if (last >= record.offset) continue
      this.redriven.of(partition).addRange(first, last)
      own.of(partition).addRange(first, last)
    }
  }
}

/** The letter that a record of stock-dead-letters is; null when it is none of ours, or of another topic. */
export function letterOf(record: LogRecord): DeadLetter | null {
  const letter = isRedriveMark(record.headers) ? null : decodeDeadLetter(record.value)
  return letter?.topic === PRICES_TOPIC ? letter : null
}

/** How many of the offsets below `end` stand in another set, too. */
export function countIn(offsets: OffsetSet, others: OffsetSet, end: number): number {
  let count = 0
  for (const offset of offsets.within(0, end)) if (others.has(offset)) count++
  return count
}
