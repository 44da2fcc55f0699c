// The publisher of a source in the embedded log: records and position are one SQLite transaction, and the lease that it
// checks there is the source's, so that a publisher whose source was opened again writes nothing.

import type { CommitQueue } from '#log/embedded/commit_queue'
import type { GroupStore, Lease } from '#log/embedded/sqlite/group_store'
import type { TopicStore } from '#log/embedded/sqlite/topic_store'
import type { PositionedPublisher, PositionOwner } from '#log/event_log'
import { positionedPublisher, positionGroupOf, positionPartitionOf } from '#log/source_position'
import { PlatformError } from '#runtime/errors'

/** What it takes. */
export interface PositionParts {
  readonly groups: GroupStore
  readonly commits: CommitQueue
  readonly topics: TopicStore
  readonly newId: () => string
}

/** See EventLog.openPositioned. */
export function openPositioned(parts: PositionParts, owner: PositionOwner): PositionedPublisher {
  const lease = leaseOf(parts, owner)
  parts.groups.seize(lease)
  return positionedPublisher(owner, {
    position: parts.groups.committed(lease.group, owner.topic).get(lease.partition)?.metadata ?? null,
    async commit(commit) {
      if (!(await parts.commits.commit(lease, commit))) throw takenOver(owner)
    },
    close: async () => parts.groups.release(lease),
  })
}

function leaseOf({ topics, newId }: PositionParts, owner: PositionOwner): Lease {
  const at = positionPartitionOf(owner)
  const partitionId = topics.get(owner.topic).partitionIds[at.partition]
  if (partitionId === undefined) throw new Error(`topic ${owner.topic} has no partition ${at.partition}`)
  return { ...at, partitionId, group: positionGroupOf(owner), leaseId: newId() }
}

function takenOver({ name }: PositionOwner): PlatformError {
  const message = `the source ${name} was opened by another process; nothing more is published here`
  return new PlatformError('LOG_FAILED', message, { retryable: true, fields: { source: name } })
}
