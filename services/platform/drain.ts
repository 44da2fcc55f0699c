// A drain: a service takes what the log holds to its end, commits, and ends.

import type { TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { Counters } from '#runtime/metrics'
import type { DrainableService, ServiceParts } from '#services/platform/service'
import { NOTHING_TO_DO, summaryLine } from '#services/platform/summary'

/** What a drain came to. */
export interface DrainResult {
  readonly name: string
  readonly counters: Counters
  readonly partitions: {
    readonly taken: number
    /** Another member of the group has them, and takes them to their end or not. */
    readonly leftToOthers: number
  }
}

/** Runs a service to the end of the log. Throws STOPPED when the signal aborts before. */
export async function drainService<C extends Counters>(
  { name, topics, run }: DrainableService<C>,
  parts: ServiceParts,
): Promise<DrainResult> {
  const taken = new Set<string>()
  const onPartition = (partition: TopicPartition) => void taken.add(partitionName(partition))
  const counters = await run({ ...parts, bounded: true, onPartition })
  if (parts.signal.aborted) throw stoppedEarly(name, summaryLine(counters))
  const infos = await parts.log.describeTopics(topics)
  const total = infos.reduce((sum, info) => sum + info.partitions, 0)
  return { name, counters, partitions: { taken: taken.size, leftToOthers: Math.max(0, total - taken.size) } }
}

function stoppedEarly(name: string, summary: string): PlatformError {
  const done = summary === NOTHING_TO_DO ? 'nothing was done yet' : summary
  const message = `the ${name} was stopped before the end of the log: ${done}; the same command goes on from there`
  return new PlatformError('STOPPED', message)
}
