// Publishing dead letters again, each at most once.
// A transaction holds the records and the mark that they were redriven. It is open to one redrive at a time: opening a
// partition fences all who had it before, and only then is the token read. If it is the survey's, no redrive has
// committed since the survey, so what is pending there is pending still; if not, the partition is left for another
// survey. So neither a kill, nor a lost answer, nor a second redrive makes a record come twice.

import type { EventLog, LogRecord, NewRecord, PartitionCommit, Processor, RecordBatch } from '#log/event_log'
import type { OffsetSet } from '#log/offset_set'
import type { DeadLetter } from '#market/dead_letter'
import type { QuoteDecoder } from '#market/decoding/decoder'
import { attemptHeaders, ORIGIN_HEADER, REDRIVE_MARK_HEADERS } from '#market/headers'
import { encodeRedriveMark, rangesOf } from '#market/redrive_mark'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC } from '#market/topics'
import type { Offset } from '#runtime/units'
import { letterOf, REDRIVE_GROUP, type Survey } from '#services/redrive/survey'

/** What is to be published. */
export interface Publishing {
  /** One id a call of the command. */
  readonly redrive: string
  readonly survey: Survey
  readonly pending: ReadonlyMap<number, OffsetSet>
  /** Finds the symbol of a quote whose key was wrong. */
  readonly decoder: QuoteDecoder
  /** How many partitions stock-prices has. */
  readonly partitions: number
  readonly newId: () => string
  readonly signal: AbortSignal
  /** Told of letters that are about to be committed. */
  readonly onLetters: (count: number) => void
}

/** Goes once through the letters. What was not open to it is left pending; another survey tells. */
export async function publishLetters(log: EventLog, publishing: Publishing): Promise<void> {
  const { signal } = publishing
  const topics = [DEAD_LETTERS_TOPIC]
  const run = { group: REDRIVE_GROUP, topics, commit: 'transaction', gaps: 'accepted', signal, bounded: true } as const
  await log.run(run, letterPublisher(publishing))
}

function letterPublisher(publishing: Publishing): Processor {
  const { survey, pending, newId } = publishing
  const open = new Set<number>()
  return {
    async open({ partition }, { committed, logStart, logEnd }) {
      const first = pending.get(partition)?.within(logStart, logEnd).next().value
      if (first === undefined || committed?.metadata !== survey.tokens.get(partition)) return logEnd
      open.add(partition)
      return first as Offset
    },
    async process(batch) {
      const { topic, partition, next } = batch
      const letters = open.has(partition) ? pendingIn(batch, pending.get(partition)) : []
      if (letters.length === 0) return []
      publishing.onLetters(letters.length)
      const outputs = letters.map(({ letter }) => redrivenRecord(letter, publishing))
      outputs.push(markOf(batch, { redrive: publishing.redrive, offsets: letters.map(({ offset }) => offset) }))
      const commit: PartitionCommit = { topic, partition, next, metadata: newId(), outputs }
      return [commit]
    },
    close: ({ partition }) => void open.delete(partition),
  }
}

function pendingIn({ records }: RecordBatch, pending: OffsetSet | undefined) {
  return records.flatMap((record: LogRecord) => {
    const letter = pending?.has(record.offset) ? letterOf(record) : null
    return letter === null ? [] : [{ letter, offset: record.offset }]
  })
}

/**
 * The record as it was, in the partition where it stood, with the attempt counted on. It is an original: the header of
 * re-keyed copies goes, even one that was ignored where the record stood, for at its new place it might not be. What
 * was refused for its key gets the right one, and the partition that this asks for.
 */
export function redrivenRecord(
  letter: DeadLetter,
  { decoder, partitions }: Pick<Publishing, 'decoder' | 'partitions'>,
): NewRecord {
  const { [ORIGIN_HEADER]: _, ...headers } = letter.headers ?? {}
  const symbol = letter.reason === 'wrong_key' ? symbolOf(letter, decoder) : null
  const stays = symbol === null && letter.partition < partitions
  return {
    topic: PRICES_TOPIC,
    ...(stays ? { partition: letter.partition } : {}),
    key: symbol ?? letter.key,
    value: letter.value,
    headers: { ...headers, ...attemptHeaders(letter.attempt + 1) },
  }
}

/** Only a valid quote can have a wrong key. */
function symbolOf({ value, ingestTime }: DeadLetter, decoder: QuoteDecoder): string | null {
  const decoded = decoder.decode({ value, timestamp: ingestTime })
  return decoded.kind === 'quote' ? decoded.quote.symbol : null
}

function markOf(
  { partition }: RecordBatch,
  { redrive, offsets }: { readonly redrive: string; readonly offsets: readonly Offset[] },
): NewRecord {
  const value = encodeRedriveMark({ redrive, letters: rangesOf(offsets) })
  return { topic: DEAD_LETTERS_TOPIC, partition, key: null, value, headers: REDRIVE_MARK_HEADERS }
}
