// The stream service: reads stock-prices, runs each partition's records through the topology, and commits outputs,
// offset and forced closings as one.
// Invariant: what is committed is what the records up to that offset come to; a redo gives the same.
// A partition is opened by a state snapshot and a silent rebuild from there to the committed offset (opening.ts).

import type { EventLog, PartitionCommit, Processor, RecordBatch, TickView, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PRICES_TOPIC } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { AlertRule } from '#services/stream/alerts/rules'
import type { StreamConfig, TopologySettings } from '#services/stream/config'
import { type AlertSink, emitAlerts } from '#services/stream/console/alert_sink'
import { STREAM_GROUP } from '#services/stream/group'
import { createCounters, type StreamCounters, type UnstampedAlert, type UnstampedBar } from '#services/stream/outputs'
import { OpenPartition } from '#services/stream/partition/open_partition'
import { beginPartition } from '#services/stream/partition/opening'
import type { ImageSlicing } from '#services/stream/snapshot/sliced_image'
import { type StateSnapshotPacking, StateSnapshotStore } from '#services/stream/snapshot/state_snapshot_store'
import type { WatchedStream } from '#services/stream/stream_metrics'

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
  readonly packing?: StateSnapshotPacking
  /** How the work of one is cut; by default as SERVICE_SLICING says. */
  readonly slicing?: ImageSlicing
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
  const store = new StateSnapshotStore({ ...parts, store: parts.checkpoints, settings })
  const open = new Map<number, OpenPartition>()
  const find = (partition: TopicPartition) => openPartition(open, partition)
  const onAlerts = (alerts: readonly UnstampedAlert[]) => emitAlerts(parts.sinks, alerts, parts.logger)
  const told = { counters, onAlerts, onBars: parts.onBars ?? (() => {}) }
  const listed = (commit: PartitionCommit | null) => (commit === null ? [] : [commit])
  return {
    counters,
    partitions: () => [...open.values()].map((each) => each.facts()),
    async open(partition, start) {
      parts.onPartition?.(partition)
      const begin = await beginPartition({ ...parts, store, settings }, partition, start)
      open.set(partition.partition, new OpenPartition({ ...begin, ...told, partition, clock: parts.clock }))
      return begin.from
    },
    async process(batch: RecordBatch) {
      const partition = find(batch)
      const ready = partition.prepare(batch.count)
      if (ready !== null) await ready
      return listed(partition.process(batch))
    },
    tick: async (partition: TopicPartition, view: TickView) => listed(await find(partition).tick(view)),
    end: async (partition: TopicPartition) => listed(find(partition).end()),
    async flush() {
      const commits: (PartitionCommit | null)[] = []
      // One after the other: each may write a state snapshot, which holds a whole state in memory.
      for (const partition of open.values()) commits.push(await partition.flush())
      return commits.flatMap(listed)
    },
    close(partition: TopicPartition) {
      open.get(partition.partition)?.close()
      open.delete(partition.partition)
    },
  }
}

function openPartition(open: ReadonlyMap<number, OpenPartition>, at: TopicPartition): OpenPartition {
  const found = open.get(at.partition)
  if (found === undefined) throw new Error(`${partitionName(at)} is not open`)
  return found
}
