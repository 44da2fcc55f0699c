// How the commits of one partition are carried out: as transactions of its own producer, or as offsets for others to
// see.

import type { PartitionCommit, TopicPartition } from '#log/event_log'
import type { RunContext } from '../group/run_context.ts'
import { PartitionTransactions, refuseLongMetadata } from '../produce/partition_transactions.ts'

/** Carries out commits. */
export class PartitionCommitter {
  readonly #run: RunContext
  readonly #transactions: PartitionTransactions

  constructor(at: TopicPartition, run: RunContext) {
    this.#run = run
    this.#transactions = new PartitionTransactions({ ...at, group: run.options.group }, run)
  }

  /** Fences all who held the partition before. Throws RedoPartition when that may succeed later. */
  async open(): Promise<void> {
    if (this.#run.options.commit === 'transaction') await this.#transactions.open()
  }

  /**
   * Carries out commits in their order. Throws RedoPartition when the outcome is unknown or the producer is fenced.
   * Offsets for others to see are not waited for: a group that does not answer holds up nothing that is read.
   */
  async carryOut(commits: readonly PartitionCommit[]): Promise<void> {
    for (const commit of commits) refuseLongMetadata(commit)
    if (this.#run.options.commit === 'offsets') {
      if (commits.some((commit) => commit.outputs.length > 0))
        throw new Error('a run that commits offsets has no outputs')
      if (commits.length > 0) void this.#run.commitOffsets(commits)
      return
    }
    for (const commit of commits) await this.#transactions.commit(commit)
  }

  /** Throws the producer away: its transaction, if any, is ended by whoever opens the partition next. */
  discard(): void {
    this.#transactions.discard()
  }

  /** Ends the producer in good order. */
  async close(): Promise<void> {
    await this.#transactions.close()
  }
}
