// A writer without a log: its processor, called as a log would call it, with batches made here.

import { randomUUID } from 'node:crypto'
import type { LogRecord, PartitionCommit, PartitionStart, RecordBatch, RecordHeaders } from '#log/event_log'
import { PRICES_TOPIC, TOPICS } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { type EpochMs, offset } from '#runtime/units'
import type { WriterConfig } from '#services/writer/config'
import { createWriterProcessor, type WriterProcessor } from '#services/writer/writer_processor'
import { defaultDecoder } from '#support/decoder'
import { steppingClock, TEST_START } from '#support/delta/delta_table'
import { snapshotOf } from '#support/lake/lake_tables'
import { batchOfRecords } from '#support/log/log_batches'

/** When the records of these tests come in: 2026-11-21T15:30:00Z. */
export const INGEST_START: number = TEST_START

/** The cluster and the topics' ids that application ids are made of. */
export const identity = {
  clusterId: 'cluster',
  topics: TOPICS.map((topic) => ({ topic, id: `id-of-${topic}`, partitions: 4 })),
}

/** Limits that no test meets by accident. */
export const patientConfig: WriterConfig = { flushIntervalMs: 5000, flushRows: 100_000, flushBytes: 64 * 1024 * 1024 }

/** A processor on a store, with a clock that only sleeps move. */
export function testWriter(
  store: ObjectStore,
  options: { readonly config?: Partial<WriterConfig>; readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<WriterProcessor> {
  const config = { ...patientConfig, ...options.config }
  const clock = options.clock ?? steppingClock()
  const parts = { store, config, decoder: defaultDecoder, clock, random: () => 0.5, newId: randomUUID }
  const { logger } = options
  return createWriterProcessor(logger === undefined ? parts : { ...parts, logger }, identity)
}

/** A partition's range that begins at 0. */
export function rangeTo(end: number, start = 0): PartitionStart {
  return { topicId: 'topic', committed: null, logStart: offset(start), logEnd: offset(end) }
}

/** Facts of a record besides its value. */
export interface RecordFacts {
  readonly at?: number
  readonly ingestTime?: number
  readonly headers?: RecordHeaders
}

/** A record with a JSON value, or with bytes as they are. */
export function recordOf(value: unknown, { at = 0, ingestTime = INGEST_START, headers }: RecordFacts = {}): LogRecord {
  const bytes = value instanceof Uint8Array || value === null ? value : Buffer.from(JSON.stringify(value))
  return { offset: offset(at), timestamp: ingestTime as EpochMs, key: null, value: bytes, headers: headers ?? null }
}

/** Records as a batch: their offsets count up from `first`. */
export function batchOf(
  values: readonly unknown[],
  where: { readonly topic?: string; readonly partition?: number; readonly first?: number; readonly next?: number } = {},
): RecordBatch {
  const { topic = PRICES_TOPIC, partition = 0, first = 0 } = where
  const records = values.map((value, i) => recordOf(value, { at: first + i }))
  const next = offset(where.next ?? first + values.length)
  return batchOfRecords(records, { topic, partition, next, logEnd: next })
}

/** Valid quotes, a second apart, that differ in each of their fields. */
export function quoteValues(
  count: number,
  options: { readonly from?: number; readonly stepMs?: number } = {},
): object[] {
  const { from = 0, stepMs = 1000 } = options
  return Array.from({ length: count }, (_, i) => {
    const n = from + i
    return { symbol: `S${n % 7}`, price: 100 + n / 8, timestamp: INGEST_START - 3_600_000 - n * stepMs, id: `id-${n}` }
  })
}

/** What the writer reports to the log of a commit that ends before `next`. */
export function commitOf(partition: number, next: number): PartitionCommit {
  return { topic: PRICES_TOPIC, partition, next: offset(next), metadata: '', outputs: [] }
}

/** How many rows the statistics in a table's log tell of. */
export async function committedRows(lake: ObjectStore, table = 'stocks'): Promise<number> {
  const { files } = await snapshotOf(lake, table)
  return [...files.values()].reduce((sum, file) => sum + JSON.parse(file.stats ?? '{}').numRecords, 0)
}
