// Reads topics on, from positions or from near their ends, as the only member of a group of its own that commits
// nothing, until it is stopped. Of each partition every record from where it began is handed over once, in order,
// through whatever trouble the log has; where that cannot be, since records are gone or the topic is another, it says
// so. What it leaves: docs/operations.md, Limits.

import type { EventLog, PartitionStart, Processor, RecordBatch, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { backoffMs, type RetryPolicy } from '#runtime/retry'
import type { Offset } from '#runtime/units'

/** What is told of the topics. Calls for one partition never overlap. */
export interface TailReader {
  /** Where to begin a partition that was not read yet in this life of its topic. It is brought into the log's range. */
  begin(at: TopicPartition, start: PartitionStart): Offset | Promise<Offset>
  /** Records that come next. The batch's bytes are good until this resolves. */
  take(batch: RecordBatch): Promise<void>
  /** The topic was deleted and created again: what was read of it is void, and `begin` is asked next. */
  renewed(topic: string, topicId: string): void
  /** The reading goes on at `next`: what lies between has gone from the log before it was read. */
  skipped(at: TopicPartition, next: Offset): void
  /** The log does not answer and is tried again; null: it answers again. */
  trouble(error: PlatformError | null): void
}

/** What to read, and how. */
export interface TopicTail {
  readonly topics: readonly string[]
  /** The ids of topics that there are positions of: another id is another topic. */
  readonly topicIds?: ReadonlyMap<string, string>
  /** A name that no other group has. */
  readonly group: string
  readonly signal: AbortSignal
  readonly reader: TailReader
  /** How often a log is tried that fails without a record in between. */
  readonly retry: RetryPolicy
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Reads until the signal aborts or the log is closed. Throws what the log threw last when the retries are used up, at
 * once what is no failure of the log, and what the reader throws.
 */
export async function tailTopics(log: EventLog, tail: TopicTail): Promise<void> {
  const { topics, group, signal, retry, clock, random, reader } = tail
  const processor = new TailProcessor(tail)
  for (let failures = 0; !signal.aborted; ) {
    try {
      await log.run({ group, topics, commit: 'offsets', signal }, processor)
      // It has no end of its own, so whoever holds the log has closed it, and will at each further attempt.
      return
    } catch (error) {
      failures = processor.takeProgress() ? 1 : failures + 1
      if (!isOfTheLog(error) || failures >= retry.attemptsMax) throw error
      processor.troubled = true
      reader.trouble(error)
      await clock.sleep(backoffMs(failures, retry, random), signal)
    }
  }
}

/** Whether it may be over the next time: the log is away, the topic not there yet or there anew. */
function isOfTheLog(error: unknown): error is PlatformError {
  return error instanceof PlatformError && error.code.startsWith('LOG_') && error.code !== 'LOG_AUTH_FAILED'
}

class TailProcessor implements Processor {
  readonly #reader: TailReader
  readonly #topicIds: Map<string, string>
  /** The next offset of each partition that was begun. */
  readonly #positions = new Map<string, Offset>()
  #progressed = false
  troubled = false

  constructor({ reader, topicIds = new Map() }: TopicTail) {
    this.#reader = reader
    this.#topicIds = new Map(topicIds)
  }

  /** Whether a record was read since this was asked last. */
  takeProgress(): boolean {
    const progressed = this.#progressed
    this.#progressed = false
    return progressed
  }

  async open(at: TopicPartition, start: PartitionStart): Promise<Offset> {
    this.#answers()
    this.#seeTopic(at.topic, start.topicId)
    const { logStart, logEnd } = start
    const known = this.#positions.get(partitionName(at))
    const wanted = known ?? (await this.#reader.begin(at, start))
    const position = Math.min(Math.max(wanted, logStart), logEnd) as Offset
    this.#positions.set(partitionName(at), position)
    if (position !== wanted) this.#reader.skipped(at, position)
    return position
  }

  async process(batch: RecordBatch): Promise<[]> {
    this.#answers()
    await this.#reader.take(batch)
    this.#positions.set(partitionName(batch), batch.next)
    this.#progressed = true
    return []
  }

  close(): void {}

  #answers(): void {
    if (this.troubled) this.#reader.trouble(null)
    this.troubled = false
  }

  #seeTopic(topic: string, topicId: string): void {
    const known = this.#topicIds.get(topic)
    this.#topicIds.set(topic, topicId)
    if (known === undefined || known === topicId) return
    for (const name of this.#positions.keys()) if (name.startsWith(`${topic}/`)) this.#positions.delete(name)
    this.#reader.renewed(topic, topicId)
  }
}
