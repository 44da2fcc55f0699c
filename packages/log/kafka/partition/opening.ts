// Opening a partition: fence, then read what is committed, then let the processor say where to begin. In this order
// only: an offset read before the fence could still be overtaken by a commit of the owner before.

import type { PartitionRange, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { Offset } from '#runtime/units'
import type { RunContext } from '../group/run_context.ts'
import { requireTopic } from '../group/topic_watch.ts'
import type { PartitionCommitter } from './committer.ts'
import { gapError, refuseGap } from './log_gap.ts'
import { RedoPartition, redoOf } from './redo.ts'

/** What it takes to open a partition. */
export interface Opening {
  readonly at: TopicPartition
  readonly run: RunContext
  readonly committer: PartitionCommitter
  /** Told right before the processor is called: from then on it must be told to close. */
  readonly onOpening: () => void
}

/**
 * Opens a partition; where to read from, and the end as it was then. Throws RedoPartition when it may succeed later.
 */
export async function openPartition(opening: Opening): Promise<{ start: Offset; logEnd: Offset }> {
  const { at, run } = opening
  await opening.committer.open()
  const { topicId, committed, range } = await readStart(opening)
  const { commit, group, gaps = 'refused' } = run.options
  // In `offsets` mode the committed offset is for others to see; the processor's own truth may be far beyond it.
  const isPosition = commit === 'transaction' && gaps === 'refused'
  if (isPosition && committed !== null) refuseGap(committed.offset, range, group)
  opening.onOpening()
  const start = await run.processor.open(at, { topicId, committed, logStart: range.start, logEnd: range.end })
  if (start < range.start) throw gapError(start, range, group)
  if (start > range.end) refuseGap(start, await rangeOf(opening), group)
  return { start, logEnd: range.end }
}

async function readStart(opening: Opening) {
  const { at, run } = opening
  try {
    const topicId = await requireTopic(run, at.topic)
    const found = await run.admin.committed(run.options.group, at.topic)
    return { topicId, committed: found.get(at.partition) ?? null, range: await rangeOf(opening) }
  } catch (error) {
    if (error instanceof RedoPartition) throw error
    throw redoOf(run.client.errorOf(error, `open partition ${partitionName(at)}`))
  }
}

/** The range of the partition, asked for now. Throws RedoPartition when it may be known later. */
export async function rangeOf({ at, run }: Pick<Opening, 'at' | 'run'>): Promise<PartitionRange> {
  try {
    const range = (await run.admin.ranges(at.topic)).find((each) => each.partition === at.partition)
    if (range !== undefined) return range
    throw new PlatformError('LOG_FAILED', `topic ${at.topic} has no partition ${at.partition} any more`)
  } catch (error) {
    throw redoOf(run.client.errorOf(error, `ask for the range of ${partitionName(at)}`))
  }
}
