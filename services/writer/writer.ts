// The writer service: five topics into five Delta tables, each row once. What is committed is the tables' own truth;
// the group's offsets are written afterwards, for lag tools. Source: docs/delta.md, Exactly once.

import { tmpdir } from 'node:os'
import type { CommitContext } from '#delta/commit'
import { TABLES } from '#lake/tables'
import type {
  EventLog,
  PartitionCommit,
  PartitionStart,
  Processor,
  RecordBatch,
  TopicInfo,
  TopicPartition,
} from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { QuoteDecoder } from '#market/decoding/decoder'
import { TOPICS } from '#market/topics'
import { type ObjectStore, within } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { Offset } from '#runtime/units'
import { appIdOf, type Session } from '#services/writer/commit/partition_progress'
import type { WriterConfig } from '#services/writer/config'
import { newCounters, type WriterCounters } from '#services/writer/counters'
import { type MaintainedTable, runMaintenance } from '#services/writer/maintenance/maintenance'
import { Staging } from '#services/writer/staging/staging'
import { openTableWriter, type TableWriter } from '#services/writer/table_writer'

/** The consumer group that the writers share. */
export const WRITER_GROUP = 'writer'

/**
 * What a writer is made of. The context's signal must not be the one that stops the run: the last flush comes after.
 */
export interface WriterParts extends Omit<CommitContext, 'signal'> {
  /** At the lake's root: the tables are folders below it. */
  readonly store: ObjectStore
  readonly config: WriterConfig
  /** The one that all who decode share. */
  readonly decoder: QuoteDecoder
  /** Where Parquet files stand until they are uploaded; the system's folder for such files by default. */
  readonly temporaryFolder?: string
  /** Told to, and read by whoever shows them. */
  readonly counters?: WriterCounters
  /** Told of each partition that it is given. */
  readonly onPartition?: (partition: TopicPartition) => void
}

/** What the log knows of itself, as the application ids need it. */
export interface LogIdentity {
  readonly clusterId: string
  readonly topics: readonly TopicInfo[]
}

/** The writer as the log drives it. */
export interface WriterProcessor extends Required<Omit<Processor, 'tick'>>, Required<Pick<Processor, 'tick'>> {
  readonly counters: WriterCounters
  /** The tables that it fills, as far as it knows them. */
  readonly tables: readonly MaintainedTable[]
  /** Waits for commits under way and frees the staging. Commits nothing. */
  dispose(): Promise<void>
}

/** How the service is run. */
export interface WriterOptions extends WriterParts {
  readonly log: EventLog
  /** Aborting it ends the run: what is buffered is committed first. */
  readonly signal: AbortSignal
  /** End by itself when all topics are read to their end. */
  readonly bounded?: boolean
  /** Told when the tables are there and the reading begins. */
  readonly onReady?: () => void
}

/** Runs the writer until the signal aborts or, bounded, the end is reached. Resolves to what was done. */
export async function runWriter(options: WriterOptions): Promise<WriterCounters> {
  const { log, signal, bounded = false, onReady } = options
  const [clusterId, topics] = await Promise.all([log.clusterId(), log.describeTopics(TOPICS)])
  const processor = await createWriterProcessor(options, { clusterId, topics })
  const maintenance = startMaintenance(options, processor)
  try {
    onReady?.()
    await log.run({ group: WRITER_GROUP, topics: TOPICS, commit: 'offsets', signal, bounded }, processor)
  } finally {
    await maintenance.stop()
    await processor.dispose()
  }
  return processor.counters
}

/** Merges small files beside the writing, unless that is off or the run is a short one anyway. */
function startMaintenance(options: WriterOptions, { tables, counters }: WriterProcessor): { stop(): Promise<void> } {
  const { clock, newId, random, logger, signal, bounded = false, temporaryFolder } = options
  const { compaction: config } = options.config
  if (config === undefined || bounded) return { stop: async () => {} }
  const end = new AbortController()
  const context = { clock, newId, random, signal: AbortSignal.any([signal, end.signal]) }
  const running = runMaintenance({
    tables,
    counters,
    config,
    context: { ...context, ...(logger === undefined ? {} : { logger }) },
    ...(temporaryFolder === undefined ? {} : { temporaryFolder }),
  })
  return {
    async stop() {
      end.abort()
      await running
    },
  }
}

/** Creates the tables that are not there yet, and the processor that fills them. Throws LOG_TOPIC_MISSING. */
export async function createWriterProcessor(parts: WriterParts, identity: LogIdentity): Promise<WriterProcessor> {
  const appId = appIdsOf(identity)
  const { clock, newId, random, logger, config, decoder, counters = newCounters() } = parts
  const context = { clock, newId, random, ...(logger === undefined ? {} : { logger }) }
  const staging = await Staging.open(parts.temporaryFolder ?? tmpdir())
  try {
    const tables = new Map<string, TableWriter>()
    for (const spec of TABLES) {
      const store = within(parts.store, spec.name)
      tables.set(spec.topic, await openTableWriter({ spec, store, staging, config, decoder, context, counters }))
    }
    return processorOf({ tables, appId, counters, staging, onPartition: parts.onPartition ?? (() => {}) })
  } catch (error) {
    await staging.close()
    throw error
  }
}

interface ProcessorParts {
  readonly tables: ReadonlyMap<string, TableWriter>
  readonly appId: (partition: TopicPartition) => string
  readonly counters: WriterCounters
  readonly staging: Staging
  readonly onPartition: (partition: TopicPartition) => void
}

function processorOf({ tables, appId, counters, staging, onPartition }: ProcessorParts): WriterProcessor {
  const sessions = new SessionBook(tables, appId)
  const all = [...tables.values()]
  return {
    counters,
    tables: all,
    open(partition, start) {
      onPartition(partition)
      return sessions.open(partition, start)
    },
    async process(batch) {
      const { session, table } = sessions.of(batch)
      await takeAll(session, batch, table)
      return table.takeCommits()
    },
    async tick(partition) {
      const { session, table } = sessions.of(partition)
      table.require(session)
      table.flushIfDue()
      return table.takeCommits()
    },
    async end(partition) {
      const { session, table } = sessions.of(partition)
      await table.drain()
      table.require(session)
      return table.takeCommits()
    },
    async flush() {
      await Promise.all(all.map((table) => table.drain()))
      return all.flatMap((table): readonly PartitionCommit[] => table.takeCommits())
    },
    close: (partition) => sessions.close(partition),
    async dispose() {
      await Promise.all(all.map((table) => table.settle()))
      await staging.close()
    },
  }
}

/** Stages a whole batch, waiting for room as often as need be; stops when the partition is closed meanwhile. */
async function takeAll(session: Session, batch: RecordBatch, table: TableWriter): Promise<void> {
  for (let at = 0; at < batch.records.length; ) {
    if (table.isFull) await table.makeRoom()
    if (session.state === 'closed') return
    table.require(session)
    at = table.take(session, batch, at)
    table.flushIfDue()
  }
}

/** The partitions that are open, each with its session and its table. */
class SessionBook {
  readonly #tables: ReadonlyMap<string, TableWriter>
  readonly #appId: (partition: TopicPartition) => string
  readonly #sessions = new Map<string, Session>()
  #count = 0

  constructor(tables: ReadonlyMap<string, TableWriter>, appId: (partition: TopicPartition) => string) {
    this.#tables = tables
    this.#appId = appId
  }

  async open({ topic, partition }: TopicPartition, start: PartitionStart): Promise<Offset> {
    const appId = this.#appId({ topic, partition })
    const session: Session = { topic, partition, appId, id: ++this.#count, tip: null, state: 'open' }
    this.#sessions.set(partitionName(session), session)
    return this.#tableOf(topic).open(session, start)
  }

  of(partition: TopicPartition): { readonly session: Session; readonly table: TableWriter } {
    const session = this.#sessions.get(partitionName(partition))
    if (session === undefined) throw new Error(`${partitionName(partition)} is not open`)
    return { session, table: this.#tableOf(partition.topic) }
  }

  close(partition: TopicPartition): void {
    const session = this.#sessions.get(partitionName(partition))
    if (session === undefined) return
    this.#sessions.delete(partitionName(partition))
    this.#tableOf(partition.topic).close(session)
  }

  #tableOf(topic: string): TableWriter {
    const table = this.#tables.get(topic)
    if (table === undefined) throw new Error(`no table is filled from the topic ${topic}`)
    return table
  }
}

function appIdsOf({ clusterId, topics }: LogIdentity): (partition: TopicPartition) => string {
  const ids = new Map(topics.map(({ topic, id }) => [topic, id]))
  const missing = TOPICS.filter((topic) => !ids.has(topic))
  if (missing.length > 0) {
    const message = `the log has no topic ${missing.join(', ')}; run \`tickerlake init\` first`
    throw new PlatformError('LOG_TOPIC_MISSING', message, { fields: { topics: missing.join(',') } })
  }
  return ({ topic, partition }) => appIdOf({ clusterId, topic, partition, topicId: ids.get(topic) as string })
}
