// The writer's progress as a table's txn actions have it: for each partition of its topic the next offset, and for each
// life of the topic one of its own, since a topic that is created again counts its offsets anew.

import type { Snapshot } from '#delta/snapshot'
import type { Offset } from '#runtime/units'
import { appIdOf } from '#services/writer/commit/txn_progress'

/** How far the writer got in one life of one partition. */
export interface PartitionProgress {
  readonly appId: string
  readonly next: bigint
}

/** The progress in a topic, by partition; several entries where the topic had several lives. */
export function progressOf(snapshot: Snapshot, topic: string): ReadonlyMap<number, readonly PartitionProgress[]> {
  const found = new Map<number, PartitionProgress[]>()
  for (const { appId, version } of snapshot.txns.values()) {
    const partition = Number(/:(\d{1,9})$/.exec(appId)?.[1])
    const [clusterId, topicId] = identityOf(appId, topic)
    if (clusterId === undefined || topicId === undefined || Number.isNaN(partition)) continue
    if (appIdOf({ clusterId, topic, topicId, partition }) !== appId) continue
    const progress = found.get(partition) ?? []
    progress.push({ appId, next: BigInt(version) })
    found.set(partition, progress)
  }
  return found
}

/** Of `writer:<clusterId>:<topic>:<topicId>:<partition>`. */
function identityOf(appId: string, topic: string): readonly string[] {
  const parts = appId.split(':')
  const [foundTopic, topicId = ''] = parts.slice(-3)
  return foundTopic === topic ? [parts.slice(1, -3).join(':'), topicId] : []
}

/** What the table holds of a partition of the topic as it is now. */
export function currentProgress(
  progress: readonly PartitionProgress[] | undefined,
  appId: string,
): { readonly kind: 'none' | 'other_lives' } | { readonly kind: 'known'; readonly next: Offset } {
  if (progress === undefined || progress.length === 0) return { kind: 'none' }
  const own = progress.find((each) => each.appId === appId)
  if (own === undefined || progress.length > 1) return { kind: 'other_lives' }
  return { kind: 'known', next: Number(own.next) as Offset }
}
