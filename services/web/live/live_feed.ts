// From the topics into the live records: quotes to the board, bars and alerts to what is kept of them. It decides where
// the reading of each partition begins: no later than where the table of the topic stands, as far as limits allow.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventLog, LogRecord, PartitionRange, PartitionStart, RecordBatch, TopicPartition } from '#log/event_log'
import type { TailReader } from '#log/topic_tail'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { originOf } from '#market/headers'
import { ALERTS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import type { PlatformError } from '#runtime/errors'
import type { EpochMs, Offset } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import type { KeptRecords } from '#services/web/live/kept_records'
import { BACKLOG_MAX, QUOTES_BACKLOG, RESUME_BACKLOG, SLICE_RECORDS } from '#services/web/live/limits'
import type { LiveRecords } from '#services/web/live/live_records'
import { alertRow, barRow, lateQuoteTime, type RowReader } from '#services/web/live/record_rows'
import type { LiveSeeds, TopicBar } from '#services/web/live/seam'

/** Topics that are read along for somebody else: those of late quotes and of dead letters. */
export interface ReadAlong {
  readonly topics: readonly string[]
  /** The first offset that is wanted of a partition; what is too far back is left out. */
  startOf(at: TopicPartition): Offset
  take(at: TopicPartition, record: LogRecord): void
}

/** What the feed fills, and what it needs for that. */
export interface FeedParts {
  readonly log: Pick<EventLog, 'ranges'>
  readonly decoder: InPlaceDecoder
  readonly records: LiveRecords
  readonly readAlong: ReadAlong
  /** Told once that there are more symbols than there is room for. */
  readonly onFull: () => void
  readonly onTrouble: (error: PlatformError | null) => void
}

/** Takes what the topics hold. */
export class LiveFeed implements TailReader {
  readonly #parts: FeedParts
  /** Where each partition of a topic begins, by the topic's id. */
  readonly #starts = new Map<string, Promise<readonly Offset[]>>()
  /** How far the tables were; null: not known. */
  #taken: LiveSeeds['taken'] | null = null
  #isFull = false

  constructor(parts: FeedParts) {
    this.#parts = parts
  }

  /** Takes what the tables hold of today. At any time: what has come meanwhile is not counted twice. */
  seed({ quotes, alerts, taken }: LiveSeeds): void {
    const { board, alerts: kept } = this.#parts.records
    this.#taken = taken
    for (const quote of quotes) board.seed(quote)
    board.clearAlerts()
    for (const counted of alerts) board.countAlerts(counted.symbol, counted)
    for (const { symbol, row } of kept.since(taken.alerts).records) board.countAlerts(symbol, row)
  }

  async begin({ topic, partition }: TopicPartition, start: PartitionStart): Promise<Offset> {
    const starts = this.#starts.get(start.topicId) ?? this.#beginTopic(topic, start.topicId)
    this.#starts.set(start.topicId, starts)
    // A partition that was added since is read from its beginning.
    return (await starts)[partition] ?? start.logStart
  }

  async take(batch: RecordBatch): Promise<void> {
    const end = batch.first + batch.count
    for (let row = batch.first; row < end; row += SLICE_RECORDS) {
      if (row > batch.first) await nextTurn()
      this.#takeRows(batch, row, Math.min(end, row + SLICE_RECORDS))
    }
    this.#kept(batch.topic)?.passed(batch.partition, batch.next)
  }

  renewed(): void {
    // The topic's `begin` comes next, and says that there is a gap.
  }

  skipped({ topic, partition }: TopicPartition, next: Offset): void {
    const kept = this.#kept(topic)
    if (kept === null) return
    kept.skipped(partition, next)
    this.#parts.records.gap()
  }

  trouble(error: PlatformError | null): void {
    this.#parts.onTrouble(error)
  }

  #isReadAlong(topic: string): boolean {
    return this.#parts.readAlong.topics.includes(topic)
  }

  #kept(topic: string): KeptRecords<TopicBar> | KeptRecords<AlertRow> | null {
    if (topic === PRICES_TOPIC || this.#isReadAlong(topic)) return null
    return topic === ALERTS_TOPIC ? this.#parts.records.alerts : this.#parts.records.bars
  }

  async #beginTopic(topic: string, topicId: string): Promise<readonly Offset[]> {
    try {
      const ranges = await this.#parts.log.ranges(topic)
      const starts = ranges.map((range) => this.#startOf(range, topicId))
      const kept = this.#kept(topic)
      if (kept !== null) {
        kept.begin({ topicId, starts, logStarts: ranges.map(({ start }) => start) })
        this.#parts.records.gap()
      }
      return starts
    } catch (error) {
      this.#starts.delete(topicId)
      throw error
    }
  }

  /** Not after where the table stands, and early enough for what is to be seen again, as far as limits allow. */
  #startOf(range: PartitionRange, topicId: string): Offset {
    const { start, end } = range
    return Math.max(this.#wantedOf(range, topicId), end - BACKLOG_MAX, start) as Offset
  }

  #wantedOf(range: PartitionRange, topicId: string): number {
    const { topic, partition, end } = range
    if (this.#isReadAlong(topic)) return this.#parts.readAlong.startOf(range)
    const recent = end - (topic === PRICES_TOPIC ? QUOTES_BACKLOG : RESUME_BACKLOG)
    if (this.#taken === null) return recent
    const { quotes, bars, alerts } = this.#taken
    const taken = topic === PRICES_TOPIC ? quotes : topic === ALERTS_TOPIC ? alerts : bars
    return taken?.topicId === topicId ? Math.min(recent, taken.next[partition] ?? 0) : 0
  }

  #takeRows(batch: RecordBatch, from: number, to: number): void {
    if (batch.topic === PRICES_TOPIC) this.#takeQuotes(batch, from, to)
    else if (batch.topic === ALERTS_TOPIC) this.#takeAlerts(batch, from, to)
    else if (this.#isReadAlong(batch.topic)) this.#takeAlong(batch, from, to)
    else this.#takeBars(batch, from, to)
  }

  /** A copy is of a quote that has come before, in another partition. */
  #takeQuotes({ columns, partition }: RecordBatch, from: number, to: number): void {
    const { decoder, records } = this.#parts
    const { view } = decoder
    const { board } = records
    for (let row = from; row < to; row++) {
      const headers = columns.headersAt(row)
      if (headers !== null && originOf({ headers, offset: columns.offsets[row] as Offset }, partition) !== null)
        continue
      if (decoder.read(columns, row) === null) board.quote(view, columns.timestamps[row] as EpochMs)
    }
    if (board.quotesWithoutRoom > 0 && !this.#isFull) this.#sayFull()
  }

  #sayFull(): void {
    this.#isFull = true
    this.#parts.onFull()
  }

  #takeBars(batch: RecordBatch, from: number, to: number): void {
    const { records } = this.#parts
    for (const { symbol, row, place } of rowsOf(batch, { from, to, read: barRow })) {
      records.bars.add({ symbol, row, partition: batch.partition, offset: place })
      records.see(batch.topic, row.windowEnd)
      records.board.closedBar(symbol, row.windowEnd)
    }
  }

  #takeAlerts(batch: RecordBatch, from: number, to: number): void {
    const { records } = this.#parts
    const landed = this.#landedAlerts(batch.partition)
    for (const { symbol, row, place } of rowsOf(batch, { from, to, read: alertRow })) {
      records.alerts.add({ symbol, row, partition: batch.partition, offset: place })
      records.see(batch.topic, row.eventTime)
      if (place >= landed) records.board.countAlerts(symbol, row)
    }
  }

  #takeAlong(batch: RecordBatch, from: number, to: number): void {
    const { topic, partition, columns } = batch
    for (let row = from; row < to; row++) {
      const record = columns.recordAt(row)
      this.#parts.readAlong.take({ topic, partition }, record)
      this.#parts.records.see(topic, topic === LATE_TOPIC ? lateQuoteTime(record.value) : record.timestamp)
    }
  }

  /** Where the alerts of a partition begin that the seeds have not counted. */
  #landedAlerts(partition: number): number {
    const taken = this.#taken?.alerts ?? null
    return taken?.topicId === this.#parts.records.alerts.position?.topicId ? (taken?.next[partition] ?? 0) : 0
  }
}

function* rowsOf<R>(
  { columns }: RecordBatch,
  { from, to, read }: { from: number; to: number; read: RowReader<R> },
): Generator<{ symbol: string; row: R; place: Offset }> {
  const { bytes, valueStarts, valueEnds, offsets } = columns
  for (let at = from; at < to; at++) {
    const start = valueStarts[at] as number
    const found = start < 0 ? null : read(bytes.subarray(start, valueEnds[at]))
    if (found !== null) yield { ...found, place: offsets[at] as Offset }
  }
}
