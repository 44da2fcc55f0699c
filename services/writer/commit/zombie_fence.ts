// The fence against zombies: writers whose partitions another writer has taken over. A commit is a compare-and-swap on
// the txn actions of its partitions, so a zombie's commit comes back as `fenced` and adds nothing. Its assignments are
// then fenced here: nothing more of them is committed, and the log has to open them again, where the other's commits
// end.

import { ReopenPartitions } from '#log/event_log'
import type { Assignment } from '#services/writer/assignment'

/** The assignments of one table, and which of them are fenced. */
export class ZombieFence {
  readonly #table: string
  readonly #assignments = new Set<Assignment>()

  /** `table` is for messages. */
  constructor(table: string) {
    this.#table = table
  }

  /** Takes in an assignment that begins. */
  open(assignment: Assignment): void {
    this.#assignments.add(assignment)
  }

  /** Lets go of an assignment that ends. */
  close(assignment: Assignment): void {
    assignment.state = 'closed'
    this.#assignments.delete(assignment)
  }

  /** Fences the assignments whose commit another writer was faster than. */
  fence(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) if (assignment.state === 'open') assignment.state = 'fenced'
  }

  /** Throws ReopenPartitions, for all that are fenced, when this assignment is. */
  requireNotFenced(assignment: Assignment): void {
    if (assignment.state !== 'fenced') return
    const fenced = [...this.#assignments].filter(({ state }) => state === 'fenced')
    const partitions = fenced.map(({ topic, partition }) => ({ topic, partition }))
    throw new ReopenPartitions(partitions, `another writer committed to ${this.#table}`)
  }
}
