// How far a table has taken in a partition: its progress is a txn action in the table's own log. The action's appId
// names the partition, its version is the next offset, and it stands in the same commit as the rows. docs/delta.md,
// Exactly once.

import type { Snapshot } from '#delta/snapshot'
import type { TopicPartition } from '#log/event_log'
import { type Offset, offset } from '#runtime/units'

/** What an application id is made of. The topic's id tells a topic from one created again under its name. */
export interface AppIdParts extends TopicPartition {
  readonly clusterId: string
  readonly topicId: string
}

/** The application id of a partition in its table's txn actions. Its version is the next offset. */
export function appIdOf({ clusterId, topic, topicId, partition }: AppIdParts): string {
  return `writer:${clusterId}:${topic}:${topicId}:${partition}`
}

const APP_ID = /^writer:(.*):([^:]*):([^:]*):(0|[1-9]\d{0,8})$/

/** What an application id is made of; null when it is none of the writer's. A cluster's id may have colons in it. */
export function appIdParts(appId: string): AppIdParts | null {
  const [, clusterId, topic, topicId, partition] = APP_ID.exec(appId) ?? []
  if (clusterId === undefined || topic === undefined || topicId === undefined) return null
  return { clusterId, topic, topicId, partition: Number(partition) }
}

/** The offset that the table wants next of an application; null when it has none of it. */
export function committedOffset(snapshot: Snapshot, appId: string): Offset | null {
  const version = snapshot.txns.get(appId)?.version
  return version === undefined ? null : offset(Number(version))
}
