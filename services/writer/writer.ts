// The writer service: each topic into its Delta table, each row once. What is committed is the tables' own truth;
// the group's offsets are written afterwards, for lag tools. Source: docs/delta.md, Exactly once.

import { TABLES, type TableSpec } from '#lake/tables'
import type { EventLog, TopicInfo } from '#log/event_log'
import { HISTORY_TOPICS } from '#market/topics'
import type { Logger } from '#runtime/logger'
import type { WriterCounters } from '#services/writer/counters'
import { runMaintenance } from '#services/writer/maintenance/maintenance'
import type { WatchedTable } from '#services/writer/writer_metrics'
import { createWriterProcessor, type WriterParts, type WriterProcessor } from '#services/writer/writer_processor'

/** The consumer group that the writers share. */
export const WRITER_GROUP = 'writer'

/** How the service is run. */
export interface WriterOptions extends WriterParts {
  readonly log: EventLog
  /** Aborting it ends the run: what is buffered is committed first. */
  readonly signal: AbortSignal
  /** End by itself when all topics are read to their end. */
  readonly bounded?: boolean
  /** Told when the tables are there and the reading begins. */
  readonly onReady?: (tables: readonly WatchedTable[]) => void
}

/** Runs the writer until the signal aborts or, bounded, the end is reached. Resolves to what was done. */
export async function runWriter(options: WriterOptions): Promise<WriterCounters> {
  const { log, signal, bounded = false, onReady, specs: wanted = TABLES } = options
  const [clusterId, infos] = await Promise.all([log.clusterId(), log.describeTopics(wanted.map((spec) => spec.topic))])
  const specs = withoutMissingHistory(wanted, infos, options.logger)
  const topics = specs.map((spec) => spec.topic)
  const processor = await createWriterProcessor({ ...options, specs }, { clusterId, topics: infos })
  const maintenance = startMaintenance(options, processor)
  try {
    onReady?.(processor.tables)
    await log.run({ group: WRITER_GROUP, topics, commit: 'offsets', signal, bounded }, processor)
  } finally {
    await maintenance.stop()
    await processor.dispose()
  }
  return processor.counters
}

/** A log from before there was history is good enough for live data, which an upgrade must not stop. */
function withoutMissingHistory(
  specs: readonly TableSpec[],
  infos: readonly TopicInfo[],
  logger: Logger | undefined,
): readonly TableSpec[] {
  const there = new Set(infos.map((info) => info.topic))
  const missing = HISTORY_TOPICS.filter((topic) => !there.has(topic) && specs.some((spec) => spec.topic === topic))
  if (missing.length === 0) return specs
  const advice = 'to land history, run `tickerlake init` and start the writer again; live data is landed as always'
  logger?.warn({ topics: missing.join(',') }, `the log has no topic ${missing.join(', ')}: ${advice}`)
  return specs.filter((spec) => !(missing as readonly string[]).includes(spec.topic))
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
