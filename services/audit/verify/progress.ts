// The writer's progress as a table's txn actions have it: for each partition of its topic the next offset, and for each
// life of the topic one of its own, since a topic that is created again counts its offsets anew.

import type { Snapshot } from '#delta/snapshot'
import type { Offset } from '#runtime/units'
import { appIdParts } from '#services/writer/commit/txn_progress'

/** How far the writer got in one life of one partition. */
export interface PartitionProgress {
  readonly appId: string
  readonly next: bigint
}

/** The progress in a topic, by partition; several entries where the topic had several lives. */
export function progressOf(snapshot: Snapshot, topic: string): ReadonlyMap<number, readonly PartitionProgress[]> {
  const found = new Map<number, PartitionProgress[]>()
  for (const { appId, version } of snapshot.txns.values()) {
    const parts = appIdParts(appId)
    if (parts?.topic !== topic) continue
    const progress = found.get(parts.partition) ?? []
    progress.push({ appId, next: BigInt(version) })
    found.set(parts.partition, progress)
  }
  return found
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
