// The stream service: reads stock-prices, runs each partition's records through the topology, and commits outputs,
// offset and decisions as one.
// Invariant: what is committed is what the records up to that offset come to; a redo gives the same.
// A partition is opened by a state snapshot and a silent rebuild from there to the committed offset (opening.ts).

import type { EventLog, PartitionCommit, Processor, RecordBatch, TickView, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PRICES_TOPIC } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { AlertRule } from '#services/stream/alerts/rules'
import type { StreamConfig } from '#services/stream/config'
import { type AlertSink, emitAlerts } from '#services/stream/console/alert_sink'
import { STREAM_GROUP } from '#services/stream/group'
import { PartitionRun } from '#services/stream/partition/open_partition'
import { beginPartition } from '#services/stream/partition/opening'
import { type SnapshotPacking, SnapshotStore } from '#services/stream/snapshot/snapshot_store'
import type { TopologySettings } from '#services/stream/state/partition_state'
import type { WatchedStream } from '#services/stream/stream_metrics'
import {
  createCounters,
  type StreamCounters,
  type UnstampedAlert,
  type UnstampedBar,
} from '#services/stream/topology/outputs'

/** What the stream needs from outside. */
export interface StreamParts {
  readonly config: StreamConfig
  readonly rules: readonly AlertRule[]
  readonly clock: Clock
  readonly logger: Logger
  readonly sinks: readonly AlertSink[]
  /** Where state snapshots go: CHECKPOINT_URL. */
  readonly checkpoints: ObjectStore
  /** How they are packed; by default as zstdPacking does. */
  readonly packing?: SnapshotPacking
  /** Told of bars as they are emitted, before their commit; must not keep the array. */
  readonly onBars?: (bars: readonly UnstampedBar[]) => void
  /** Told of each partition that it is given. */
  readonly onPartition?: (partition: TopicPartition) => void
}

/** The log to run on, and until when. */
export interface StreamRun extends StreamParts {
  readonly log: EventLog
  readonly signal: AbortSignal
  /** Take the log to its end, emit every open window, and return. */
  readonly bounded?: boolean
  /** Told when the reading begins. */
  readonly onReady?: (stream: WatchedStream) => void
}

/** A processor that counts. The counts are of work done: what is redone after a failure is counted again. */
export type StreamProcessor = Required<Processor> & WatchedStream

/** Runs the stream until the signal aborts or the bounded end is reached. Throws PlatformErrors of the log. */
export async function runStream(run: StreamRun): Promise<StreamCounters> {
  const processor = createStreamProcessor(run)
  const { signal, bounded = false } = run
  run.onReady?.(processor)
  await run.log.run({ group: STREAM_GROUP, topics: [PRICES_TOPIC], commit: 'transaction', signal, bounded }, processor)
  return processor.counters
}

/** The stream's logic for a log to call. */
export function createStreamProcessor(parts: StreamParts): StreamProcessor {
  const settings: TopologySettings = { ...parts.config, rules: parts.rules }
  const counters = createCounters()
  const store = new SnapshotStore({ ...parts, store: parts.checkpoints, settings })
  const runs = new Map<number, PartitionRun>()
  const runOf = (partition: TopicPartition) => openRun(runs, partition)
  const onAlerts = (alerts: readonly UnstampedAlert[]) => emitAlerts(parts.sinks, alerts, parts.logger)
  const told = { counters, onAlerts, onBars: parts.onBars ?? (() => {}) }
  const listed = (commit: PartitionCommit | null) => (commit === null ? [] : [commit])
  return {
    counters,
    partitions: () => [...runs.values()].map((run) => run.facts()),
    async open(partition, start) {
      parts.onPartition?.(partition)
      const begin = await beginPartition({ ...parts, store, settings }, partition, start)
      runs.set(partition.partition, new PartitionRun({ ...begin, ...told, partition, clock: parts.clock }))
      return begin.from
    },
    process: async (batch: RecordBatch) => listed(runOf(batch).process(batch)),
    tick: async (partition: TopicPartition, view: TickView) => listed(await runOf(partition).tick(view)),
    end: async (partition: TopicPartition) => listed(runOf(partition).end()),
    flush: async () => [...runs.values()].flatMap((run) => listed(run.flush())),
    close(partition: TopicPartition) {
      runs.get(partition.partition)?.close()
      runs.delete(partition.partition)
    },
  }
}

function openRun(runs: ReadonlyMap<number, PartitionRun>, at: TopicPartition): PartitionRun {
  const run = runs.get(at.partition)
  if (run === undefined) throw new Error(`${partitionName(at)} is not open`)
  return run
}
