// An assignment: one partition that the log has given to this writer, from its opening to its closing. Rows, progress
// and the fence are kept by assignment, so that what belongs to a partition that is gone can be left out as a whole.

import type { TopicPartition } from '#log/event_log'
import type { Offset } from '#runtime/units'

/**
 * `open`: rows and progress count. `fenced`: another writer moved the partition on, the log has to open it again.
 * `closed`: what is left of it in a buffer is skipped.
 */
export type AssignmentState = 'open' | 'fenced' | 'closed'

/** A partition while it is this writer's. Staged rows are marked with its id. */
export interface Assignment extends TopicPartition {
  readonly id: number
  /** Under which the table keeps its progress: txn_progress.ts. */
  readonly appId: string
  /** What the table will say once all that was buffered is committed; null: it knows nothing of the partition. */
  tip: Offset | null
  state: AssignmentState
}
