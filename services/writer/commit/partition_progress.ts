// A session: one assignment of one partition to this writer, from open to close. Its progress is the table's txn
// action, so where it starts is asked of the table, never of the group's committed offsets. docs/delta.md, Exactly
// once.

import type { Snapshot } from '#delta/snapshot'
import type { PartitionStart, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import { type Offset, offset } from '#runtime/units'

/**
 * `open`: rows and progress count. `void`: another writer took over, the log has to open the partition again. `closed`:
 * what is left of it in a buffer is skipped.
 */
export type SessionState = 'open' | 'void' | 'closed'

/** One assignment of a partition. Rows are marked with its id. */
export interface Session extends TopicPartition {
  readonly id: number
  readonly appId: string
  /** What the table will say once all that was buffered is committed; null: it knows nothing of the partition. */
  tip: Offset | null
  state: SessionState
}

/** What an application id is made of. The topic's id tells a topic from one created again under its name. */
export interface AppIdParts extends TopicPartition {
  readonly clusterId: string
  readonly topicId: string
}

/** The application id of a partition in its table's txn actions. Its version is the next offset. */
export function appIdOf({ clusterId, topic, topicId, partition }: AppIdParts): string {
  return `writer:${clusterId}:${topic}:${topicId}:${partition}`
}

/** The offset that the table wants next of an application; null when it has none of it. */
export function committedOffset(snapshot: Snapshot, appId: string): Offset | null {
  const version = snapshot.txns.get(appId)?.version
  return version === undefined ? null : offset(Number(version))
}

/** A position in a partition, and the table that it was read from. */
export interface TablePosition extends TopicPartition {
  readonly table: string
  readonly committed: Offset | null
}

/** Where to read from. Throws LOG_GAP when the log does not hold what the table wants next. */
export function startOffset(position: TablePosition, { logStart, logEnd }: PartitionStart): Offset {
  const { committed } = position
  if (committed === null) return logStart
  if (committed < logStart) {
    throw gap(position, {
      found: `the log begins at ${logStart}: the records between are deleted`,
      advice: 'Raise the retention of the topic; to go on without them, move the table away, a new one begins anew',
      logOffset: logStart,
    })
  }
  if (committed > logEnd) {
    throw gap(position, {
      found: `the log ends at ${logEnd}: it has lost records that were written to the table`,
      advice: 'Restore the log, or let LAKE_URL name a new place for the tables of this log',
      logOffset: logEnd,
    })
  }
  return committed
}

function gap(position: TablePosition, facts: { found: string; advice: string; logOffset: Offset }): PlatformError {
  const { table, topic, partition, committed } = position
  const wanted = `${partitionName(position)} from offset ${committed}`
  const message = `the table ${table} wants ${wanted}, but ${facts.found}. ${facts.advice}`
  const fields = { table, topic, partition, committed, logOffset: facts.logOffset }
  return new PlatformError('LOG_GAP', message, { fields })
}
