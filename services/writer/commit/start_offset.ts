// Where the writer begins to read a partition after a restart or a new assignment: at the offset that the table's
// progress names, never at the group's committed offset, which is written later and only for lag tools.

import type { PartitionStart, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { Offset } from '#runtime/units'

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
      advice: "Raise the topic's retention. To go on without those records, move the table away: a new one is created",
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
