// How a partition begins: with the newest state snapshot that its committed offset names, or an older one, or the start
// of the log; and never where records are missing.
// Invariant: what is begun with is a state of what was committed, at an offset from which the log can be read on.

import type { PartitionStart, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { type Offset, offset } from '#runtime/units'
import type { TopologySettings } from '#services/stream/config'
import { STREAM_GROUP } from '#services/stream/group'
import { type CommitMetadata, decodeMetadata, NO_METADATA } from '#services/stream/partition/commit_metadata'
import type { OpenPartitionOptions } from '#services/stream/partition/open_partition'
import type { RestoredState, StateSnapshotStore } from '#services/stream/snapshot/state_snapshot_store'
import { StateSnapshotter } from '#services/stream/snapshot/state_snapshotter'
import { createPartitionState } from '#services/stream/state/partition_state'

/** What it takes to begin. */
export interface OpeningParts {
  readonly store: StateSnapshotStore
  readonly settings: TopologySettings
  readonly clock: Clock
  readonly logger: Logger
}

/** What a partition's run begins with. */
export type Beginning = Pick<
  OpenPartitionOptions,
  'topicId' | 'state' | 'liveFrom' | 'forcedClosings' | 'snapshotter'
> & {
  readonly from: Offset
}

/**
 * Finds what to begin with. Throws LOG_GAP, and STORE_ errors when a state snapshot should be there and cannot be
 * asked for.
 */
export async function beginPartition(
  parts: OpeningParts,
  partition: TopicPartition,
  start: PartitionStart,
): Promise<Beginning> {
  const metadata = metadataOf(partition, start, parts.logger)
  checkTopic(partition, start, metadata)
  checkRange(partition, start)
  const place = { ...partition, topicId: start.topicId }
  const restored = await restore(parts, { partition, start, metadata })
  const from = restored === undefined ? start.logStart : offset(restored.offset)
  const { clock, logger, store, settings } = parts
  return {
    topicId: start.topicId,
    state: restored?.state ?? createPartitionState(partition.partition, settings),
    from,
    liveFrom: start.committed?.offset ?? start.logStart,
    forcedClosings: metadata.forcedClosings,
    snapshotter: new StateSnapshotter({ store, place, restored: restored?.offset ?? null, from, clock, logger }),
  }
}

interface Known {
  readonly partition: TopicPartition
  readonly start: PartitionStart
  readonly metadata: CommitMetadata
}

async function restore(parts: OpeningParts, { partition, start, metadata }: Known): Promise<RestoredState | undefined> {
  const { committed, logStart: from, topicId } = start
  if (committed === null) return undefined
  const upTo = metadata.snapshot
  const restored = upTo === null ? undefined : await parts.store.restore({ ...partition, topicId }, { from, upTo })
  const at = { topic: partition.topic, partition: partition.partition, committed: committed.offset }
  if (restored !== undefined) {
    parts.logger.info({ ...at, snapshot: restored.offset }, 'the state was restored from its snapshot')
  } else if (upTo !== null) {
    const text = `no state snapshot can be used: the state is made anew from the start of the log, record ${from}`
    parts.logger.warn({ ...at, snapshot: upTo, logStart: from }, text)
  }
  return restored
}

function metadataOf(at: TopicPartition, { committed }: PartitionStart, logger: Logger): CommitMetadata {
  if (committed === null) return NO_METADATA
  const metadata = decodeMetadata(committed.metadata)
  if (metadata !== null) return metadata
  const { topic, partition } = at
  const text = 'the commit metadata is not understood: the state is made anew, and revision numbers may begin anew'
  logger.warn({ topic, partition, committed: committed.offset }, text)
  return NO_METADATA
}

/** The offsets of a topic that was deleted mean nothing in the one that now has its name. */
function checkTopic(at: TopicPartition, { topicId, committed }: PartitionStart, metadata: CommitMetadata): void {
  if (committed === null || metadata.topicId === null || metadata.topicId === topicId) return
  const fields = { ...at, committed: committed.offset, committedTopicId: metadata.topicId, topicId }
  throw gap(at, 'it was deleted and created again since the stream read it', fields)
}

/** Refuses to go on where records are missing: silently skipped ones would be lost bars. */
function checkRange(at: TopicPartition, { committed, logStart, logEnd }: PartitionStart): void {
  if (committed === null || (committed.offset >= logStart && committed.offset <= logEnd)) return
  const gone =
    committed.offset < logStart
      ? `its records ${committed.offset} to ${logStart - 1} were removed before the stream had read them`
      : `it ends at ${logEnd}, but was read to ${committed.offset} before: it was deleted and created again`
  throw gap(at, gone, { ...at, committed: committed.offset, logStart, logEnd })
}

function gap(at: TopicPartition, gone: string, fields: PlatformError['fields']): PlatformError {
  const advice = `to go on from its oldest record, delete the offsets of the group ${STREAM_GROUP}`
  return new PlatformError('LOG_GAP', `${partitionName(at)}: ${gone}; ${advice}`, { fields })
}
