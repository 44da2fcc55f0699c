// The end of a bounded run: every assigned partition is open, idle and read to its end, and stays so while each is
// asked for its last commit. Ends are high watermarks: after a commit returns, its outputs lie below them at once,
// while what readers may see still waits for the transaction's markers.

import type { AssignedPartition } from '../partition/assigned_partition.ts'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'
import type { RunContext } from './run_context.ts'

/** Watches for the end. */
export class BoundedEnd {
  readonly #run: RunContext
  readonly #partitions: AssignedPartitions
  /** Where each partition stood when its `end` was carried out. */
  readonly #endedAt = new Map<AssignedPartition, number>()

  constructor(run: RunContext, partitions: AssignedPartitions) {
    this.#run = run
    this.#partitions = partitions
  }

  /** Resolves at the end; never when the run stops before. */
  async reached(): Promise<void> {
    const { stopping, client } = this.#run
    while (!stopping.aborted) {
      await client.clock.sleep(client.limits.endCheckMs, stopping)
      const read = await this.#allRead()
      if (read === null) continue
      if ((await this.#allEnded(read)) && (await this.#allRead()) !== null) return
    }
    await new Promise(() => {})
  }

  /** The partitions and where each stands, which is its end; null when one is not there. */
  async #allRead(): Promise<ReadonlyMap<AssignedPartition, number> | null> {
    const partitions = this.#partitions.assigned()
    const quiet = () =>
      this.#partitions.memberId !== null && partitions.every((partition) => partition.usable && !partition.busy)
    if (!quiet()) return null
    const positions = new Map(partitions.map((partition) => [partition, partition.position]))
    const caughtUp = await Promise.all(partitions.map((partition) => partition.caughtUp()))
    const unchanged = partitions.every((partition) => partition.position === positions.get(partition))
    return caughtUp.every((each) => each) && unchanged && quiet() ? positions : null
  }

  /**
   * Asks each for its last commit, where it was seen to be at its end: while the one before it commits, a partition
   * may be opened anew and be far from there.
   */
  async #allEnded(read: ReadonlyMap<AssignedPartition, number>): Promise<boolean> {
    const { stopping } = this.#run
    for (const [partition, position] of read) {
      if (stopping.aborted) return false
      if (this.#endedAt.get(partition) === position) continue
      if (!(await partition.end(position))) return false
      this.#endedAt.set(partition, position)
    }
    return true
  }
}
