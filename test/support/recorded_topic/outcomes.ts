// What stream and writer make of recorded topics with one decoder or another, as plain data that compares. Both are
// driven as a log drives them: batches in, commits out.

import { createHash } from 'node:crypto'
import type { NewRecord, PartitionCommit, TickView } from '#log/event_log'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { PRICES_TOPIC, TOPICS } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { epochMs } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import type { StreamCounters } from '#services/stream/outputs'
import { createStreamProcessor, type StreamProcessor } from '#services/stream/stream'
import { createWriterProcessor } from '#services/writer/writer_processor'
import { rowsOf, type TableRow } from '#support/lake/lake_tables'
import { identity, patientConfig, rangeTo } from '#support/lake/writer'
import { INGEST_TIME } from '#support/quote_fuzz/times'
import { temporaryFolder } from '#support/temporary_folder'
import { fetches } from './fetches.ts'
import type { Recording, StoredBatch } from './recording.ts'

/** When all work is done, so that processing times are equal. */
const WORK_TIME = INGEST_TIME + 86_400_000
/** A partition falls quiet after so many batches, for so long that its symbols are closed. */
const QUIET_EVERY_BATCHES = 200
const QUIET_MS = 45_000

/** How a run differs from another one. */
export interface Run {
  readonly decoder: InPlaceDecoder
  /** Decides where batches are cut. */
  readonly cuts: number
}

/** What a stream put out. */
export interface StreamOutcome {
  readonly outputs: readonly NewRecord[]
  /** The same with all bytes as text, so that they compare. */
  readonly texts: readonly string[]
  readonly counters: StreamCounters
}

/** Takes the recording through the stream to its end, one partition after the other. */
export async function streamOutcome(recording: Recording, run: Run): Promise<StreamOutcome> {
  const processor = createStreamProcessor({
    config: { ...DEFAULT_STREAM_CONFIG, decoder: run.decoder },
    rules: DEFAULT_ALERT_RULES,
    clock: virtualClock(WORK_TIME),
    logger: silentLogger,
    sinks: [],
    checkpoints: openMemoryStore(),
  })
  const outputs: NewRecord[] = []
  for (const [partition, stored] of recording.entries()) {
    for (const commit of await streamPartition(processor, { partition, stored, cuts: run.cuts })) {
      outputs.push(...commit.outputs)
    }
  }
  const ordered = byTopic(outputs)
  return { outputs: ordered, texts: ordered.map(textOf), counters: processor.counters }
}

interface RecordedPartition {
  readonly partition: number
  readonly stored: readonly StoredBatch[]
  readonly cuts: number
}

async function streamPartition(
  processor: StreamProcessor,
  { partition, stored, cuts }: RecordedPartition,
): Promise<readonly PartitionCommit[]> {
  const at = { topic: PRICES_TOPIC, partition }
  const commits: PartitionCommit[] = []
  await processor.open(at, rangeTo(Number.MAX_SAFE_INTEGER))
  for (let first = 0; first < stored.length; first += QUIET_EVERY_BATCHES) {
    const stretch = stored.slice(first, first + QUIET_EVERY_BATCHES)
    for (const batch of fetches(stretch, { ...at, seed: cuts })) commits.push(...(await processor.process(batch)))
    const now = epochMs((stretch.at(-1)?.timestamp ?? 0) + QUIET_MS)
    const view: TickView = { now, caughtUp: async () => true }
    commits.push(...(await processor.tick(at, view)))
  }
  commits.push(...(await processor.end(at)))
  processor.close(at)
  return commits
}

/** Within a commit a topic's records have an order, and topics stand in any. */
function byTopic(outputs: readonly NewRecord[]): NewRecord[] {
  return TOPICS.flatMap((topic) => outputs.filter((output) => output.topic === topic))
}

function textOf({ topic, partition, key, value, headers }: NewRecord): string {
  const named = Object.entries(headers ?? {}).map(([name, content]) => [name, latin1(content)])
  return JSON.stringify([topic, partition, latin1(key), latin1(value), named])
}

function latin1(content: Uint8Array | string | null): string | null {
  return content === null ? null : Buffer.from(content).toString('latin1')
}

/** Recordings by topic. */
export type RecordedTopics = Readonly<Record<string, Recording>>

/** Takes recorded topics through the writer; returns the rows of all tables, and what was counted. */
export async function writerOutcome(topics: RecordedTopics, run: Run & { readonly flushRows: number }) {
  const store = openFilesystemStore({ root: temporaryFolder() })
  const config = { ...patientConfig, flushRows: run.flushRows }
  const parts = { store, config, decoder: run.decoder, clock: virtualClock(WORK_TIME) }
  let ids = 0
  const made = { random: () => 0.5, newId: () => `file-${ids++}` }
  const writer = await createWriterProcessor({ ...parts, ...made }, identity)
  try {
    for (const [topic, recording] of Object.entries(topics)) {
      for (const [partition, stored] of recording.entries()) {
        await writer.open({ topic, partition }, rangeTo(Number.MAX_SAFE_INTEGER))
        for (const batch of fetches(stored, { topic, partition, seed: run.cuts })) await writer.process(batch)
      }
    }
    await writer.flush()
  } finally {
    await writer.dispose()
  }
  const tables: Record<string, readonly TableRow[]> = {}
  for (const { name } of writer.tables) tables[name] = await rowsOf(store, name)
  const { rows, copies, refused, marks, unreadable } = writer.counters
  return { tables, counters: { rows, copies, refused, marks, unreadable } }
}

/** A digest of data, for comparison with that of another version. */
export function digestOf(items: readonly unknown[]): string {
  const hash = createHash('sha256')
  for (const item of items) hash.update(`${JSON.stringify(item)}\n`)
  return hash.digest('hex').slice(0, 16)
}
