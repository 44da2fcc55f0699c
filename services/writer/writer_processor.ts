// The writer as the log drives it: each partition of a topic is an assignment, and its batches go to the writer
// of its topic's table.

import type { CommitContext } from '#delta/commit'
import { TABLES, type TableSpec } from '#lake/tables'
import type { PartitionCommit, PartitionStart, Processor, RecordBatch, TopicInfo, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { type ObjectStore, within } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { Offset } from '#runtime/units'
import type { Assignment } from '#services/writer/assignment'
import { appIdOf } from '#services/writer/commit/txn_progress'
import type { WriterConfig } from '#services/writer/config'
import { newCounters, type WriterCounters } from '#services/writer/counters'
import type { MaintainedTable } from '#services/writer/maintenance/maintenance'
import { openTableWriter, type TableWriter } from '#services/writer/table_writer'
import type { WatchedTable } from '#services/writer/writer_metrics'

/**
 * What a writer is made of. The context's signal must not be the one that stops the run: the last flush comes after.
 */
export interface WriterParts extends Omit<CommitContext, 'signal'> {
  /** At the lake's root: the tables are folders below it. */
  readonly store: ObjectStore
  readonly config: WriterConfig
  /** The tables to fill, each from its topic; with bars of the default interval unless told otherwise. */
  readonly specs?: readonly TableSpec[]
  /** The one that all who decode share. */
  readonly decoder: InPlaceDecoder
  /** Where files stand while they are merged; the system's folder for such files by default. */
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
export interface WriterProcessor extends Required<Processor> {
  readonly counters: WriterCounters
  /** The tables that it fills, as far as it knows them. */
  readonly tables: readonly (MaintainedTable & WatchedTable)[]
  /** Waits for commits under way. Commits nothing. */
  dispose(): Promise<void>
}

/** Creates the tables that are not there yet, and the processor that fills them. Throws LOG_TOPIC_MISSING. */
export async function createWriterProcessor(parts: WriterParts, identity: LogIdentity): Promise<WriterProcessor> {
  const { specs = TABLES, clock, newId, random, logger, config, decoder } = parts
  const { counters = newCounters(specs) } = parts
  const appId = appIdsOf(specs, identity)
  const context = { clock, newId, random, ...(logger === undefined ? {} : { logger }) }
  const tables = new Map<string, TableWriter>()
  for (const spec of specs) {
    const store = within(parts.store, spec.name)
    tables.set(spec.topic, await openTableWriter({ spec, store, config, decoder, context, counters }))
  }
  return processorOf({ tables, appId, counters, onPartition: parts.onPartition ?? (() => {}) })
}

interface ProcessorParts {
  readonly tables: ReadonlyMap<string, TableWriter>
  readonly appId: (partition: TopicPartition) => string
  readonly counters: WriterCounters
  readonly onPartition: (partition: TopicPartition) => void
}

function processorOf({ tables, appId, counters, onPartition }: ProcessorParts): WriterProcessor {
  const assignments = new Assignments(tables, appId)
  const all = [...tables.values()]
  return {
    counters,
    tables: all,
    open(partition, start) {
      onPartition(partition)
      return assignments.open(partition, start)
    },
    async process(batch) {
      const { assignment, table } = assignments.of(batch)
      await takeAll(assignment, batch, table)
      return table.takeCommits(assignment)
    },
    async tick(partition) {
      const { assignment, table } = assignments.of(partition)
      table.require(assignment)
      table.flushIfDue()
      return table.takeCommits(assignment)
    },
    async end(partition) {
      const { assignment, table } = assignments.of(partition)
      await table.drain()
      table.require(assignment)
      return table.takeCommits(assignment)
    },
    async flush() {
      await Promise.all(all.map((table) => table.drain()))
      return all.flatMap((table): readonly PartitionCommit[] => table.takeCommits())
    },
    close: (partition) => assignments.close(partition),
    async dispose() {
      await Promise.all(all.map((table) => table.settle()))
    },
  }
}

/** Stages a whole batch, waiting for room as often as need be; stops when the partition is closed meanwhile. */
async function takeAll(assignment: Assignment, batch: RecordBatch, table: TableWriter): Promise<void> {
  for (let at = 0; at < batch.count; ) {
    if (table.isFull) await table.makeRoom()
    if (assignment.state === 'closed') return
    table.require(assignment)
    at = table.take(assignment, batch, at)
    table.flushIfDue()
  }
}

/** The partitions that are open, each with its assignment and its table. */
class Assignments {
  readonly #tables: ReadonlyMap<string, TableWriter>
  readonly #appId: (partition: TopicPartition) => string
  readonly #assignments = new Map<string, Assignment>()
  #count = 0

  constructor(tables: ReadonlyMap<string, TableWriter>, appId: (partition: TopicPartition) => string) {
    this.#tables = tables
    this.#appId = appId
  }

  async open({ topic, partition }: TopicPartition, start: PartitionStart): Promise<Offset> {
    const appId = this.#appId({ topic, partition })
    const assignment: Assignment = { topic, partition, appId, id: ++this.#count, tip: null, state: 'open' }
    this.#assignments.set(partitionName(assignment), assignment)
    return this.#tableOf(topic).open(assignment, start)
  }

  of(partition: TopicPartition): { readonly assignment: Assignment; readonly table: TableWriter } {
    const assignment = this.#assignments.get(partitionName(partition))
    if (assignment === undefined) throw new Error(`${partitionName(partition)} is not open`)
    return { assignment, table: this.#tableOf(partition.topic) }
  }

  close(partition: TopicPartition): void {
    const assignment = this.#assignments.get(partitionName(partition))
    if (assignment === undefined) return
    this.#assignments.delete(partitionName(partition))
    this.#tableOf(partition.topic).close(assignment)
  }

  #tableOf(topic: string): TableWriter {
    const table = this.#tables.get(topic)
    if (table === undefined) throw new Error(`no table is filled from the topic ${topic}`)
    return table
  }
}

function appIdsOf(
  specs: readonly TableSpec[],
  { clusterId, topics }: LogIdentity,
): (partition: TopicPartition) => string {
  const ids = new Map(topics.map(({ topic, id }) => [topic, id]))
  const missing = specs.map((spec) => spec.topic).filter((topic) => !ids.has(topic))
  if (missing.length > 0) {
    const message = `the log has no topic ${missing.join(', ')}; run \`tickerlake init\` first`
    throw new PlatformError('LOG_TOPIC_MISSING', message, { fields: { topics: missing.join(',') } })
  }
  return ({ topic, partition }) => appIdOf({ clusterId, topic, partition, topicId: ids.get(topic) as string })
}
