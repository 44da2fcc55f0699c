// How far a run is behind, by the ends of its partitions as they are now. An end counts what is not yet decided, and
// the markers of transactions, so a partition that is read to its end has no lag at all.

import type { PartitionLag, PartitionRange } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'
import type { RunContext } from './run_context.ts'

/** The lag of every partition that the run holds and has opened. */
export async function lagOf(run: RunContext, partitions: AssignedPartitions): Promise<PartitionLag[]> {
  const held = partitions.assigned().filter((partition) => partition.usable)
  const topics = [...new Set(held.map(({ at }) => at.topic))]
  const ranges = (await Promise.all(topics.map((topic) => run.admin.ranges(topic)))).flat()
  const ends = new Map(ranges.map((range: PartitionRange) => [partitionName(range), range.end]))
  return held.map(({ at, position, lastTimestamp }) => {
    const records = Math.max(0, (ends.get(partitionName(at)) ?? position) - position)
    return { ...at, group: run.options.group, records, lastTimestamp }
  })
}
