// The stream service: reads stock-prices, runs each partition's records through the topology, and commits outputs,
// offset and decisions as one.
// Invariant: what is committed is what the records up to that offset come to; a redo gives the same.
// A partition is opened by a silent rebuild from the log's start to the committed offset.

import type {
  EventLog,
  PartitionCommit,
  PartitionStart,
  Processor,
  RecordBatch,
  TickView,
  TopicPartition,
} from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { Offset } from '#runtime/units'
import type { AlertRule } from '#services/stream/alert_rules'
import { type AlertSink, emitAlerts } from '#services/stream/alert_sink'
import type { StreamConfig } from '#services/stream/config'
import { decodeMetadata } from '#services/stream/decisions'
import { createCounters, type StreamCounters, type UnstampedAlert, type UnstampedBar } from '#services/stream/outputs'
import { PartitionRun } from '#services/stream/partition_run'
import type { TopologySettings } from '#services/stream/partition_state'

/** The consumer group of the stream service. */
export const STREAM_GROUP = 'stream'

/** What the stream needs from outside. */
export interface StreamParts {
  readonly config: StreamConfig
  readonly rules: readonly AlertRule[]
  readonly clock: Clock
  readonly logger: Logger
  readonly sinks: readonly AlertSink[]
  /** Told of bars as they are emitted, before their commit; must not keep the array. */
  readonly onBars?: (bars: readonly UnstampedBar[]) => void
}

/** The log to run on, and until when. */
export interface StreamRun extends StreamParts {
  readonly log: EventLog
  readonly signal: AbortSignal
  /** Take the log to its end, emit every open window, and return. */
  readonly bounded?: boolean
  /** Told when the reading begins. */
  readonly onReady?: (counters: StreamCounters) => void
}

/** A processor that counts. The counts are of work done: what is redone after a failure is counted again. */
export type StreamProcessor = Required<Processor> & { readonly counters: StreamCounters }

/** Runs the stream until the signal aborts or the bounded end is reached. Throws PlatformErrors of the log. */
export async function runStream(run: StreamRun): Promise<StreamCounters> {
  const processor = createStreamProcessor(run)
  const { signal, bounded = false } = run
  run.onReady?.(processor.counters)
  await run.log.run({ group: STREAM_GROUP, topics: [PRICES_TOPIC], commit: 'transaction', signal, bounded }, processor)
  return processor.counters
}

/** The stream's logic for a log to call. */
export function createStreamProcessor(parts: StreamParts): StreamProcessor {
  const settings: TopologySettings = { ...parts.config, rules: parts.rules }
  const counters = createCounters()
  const runs = new Map<number, PartitionRun>()
  const runOf = (partition: TopicPartition) => openRun(runs, partition)
  const onAlerts = (alerts: readonly UnstampedAlert[]) => emitAlerts(parts.sinks, alerts, parts.logger)
  const listed = (commit: PartitionCommit | null) => (commit === null ? [] : [commit])
  return {
    counters,
    async open(partition, start) {
      checkRange(partition, start)
      const decisions = decisionsOf(partition, start, parts.logger)
      const options = { partition, start, decisions, settings, counters, clock: parts.clock }
      runs.set(partition.partition, new PartitionRun({ ...options, onAlerts, onBars: parts.onBars ?? (() => {}) }))
      return start.logStart
    },
    process: async (batch: RecordBatch) => listed(runOf(batch).process(batch)),
    tick: async (partition: TopicPartition, view: TickView) => listed(await runOf(partition).tick(view)),
    end: async (partition: TopicPartition) => listed(runOf(partition).end()),
    flush: async () => [...runs.values()].flatMap((run) => listed(run.flush())),
    close: (partition: TopicPartition) => void runs.delete(partition.partition),
  }
}

function openRun(runs: ReadonlyMap<number, PartitionRun>, { topic, partition }: TopicPartition): PartitionRun {
  const run = runs.get(partition)
  if (run === undefined) throw new Error(`${topic}/${partition} is not open`)
  return run
}

/** Refuses to go on where records are missing: silently skipped ones would be lost bars. */
function checkRange({ topic, partition }: TopicPartition, { committed, logStart, logEnd }: PartitionStart): void {
  if (committed === null || (committed.offset >= logStart && committed.offset <= logEnd)) return
  const fields = { topic, partition, committed: committed.offset, logStart, logEnd }
  const gone =
    committed.offset < logStart
      ? `its records ${committed.offset} to ${logStart - 1} were removed before the stream had read them`
      : `it ends at ${logEnd}, but was read to ${committed.offset} before: it was deleted and created again`
  const advice = `to go on from its oldest record, delete the offsets of the group ${STREAM_GROUP}`
  throw new PlatformError('LOG_GAP', `${topic}/${partition}: ${gone}; ${advice}`, { fields })
}

function decisionsOf({ topic, partition }: TopicPartition, { committed }: PartitionStart, logger: Logger) {
  if (committed === null) return []
  const decisions = decodeMetadata(committed.metadata)
  if (decisions !== null) return decisions
  const offset: Offset = committed.offset
  logger.warn({ topic, partition, offset }, 'the commit metadata is not understood: revision numbers may begin anew')
  return []
}
