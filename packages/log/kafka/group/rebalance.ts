// What a rebalance of the group does to the partitions of a run. A partition stays open over a join only when the
// member id stayed the same: another id means that the group had let this member go, and others may have had the
// partition. kafkajs does not wait for its listeners, so all of this happens within the call.

import type { TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'

/** What the group gave a member when it joined. */
export interface Assignment {
  readonly memberId: string
  readonly given: readonly TopicPartition[]
}

/** Loses what was not given again, opens what is new, and retains the rest. */
export function rebalance(partitions: AssignedPartitions, { memberId, given }: Assignment): void {
  const isSameMember = partitions.joinedAs(memberId)
  const names = new Set(given.map(partitionName))
  for (const partition of partitions.assigned()) if (!names.has(partitionName(partition.at))) partition.lose()
  for (const at of given) {
    const partition = partitions.obtain(at)
    if (isSameMember && partition.assigned) partition.retain()
    else partition.assign()
  }
}
