// The end of a bounded run: every assigned partition is open, idle and read to its end, and stays so while each is
// asked for its last commit. Ends are high watermarks: after a commit returns, its outputs lie below them at once,
// while what readers may see still waits for the transaction's markers.

import type { PartitionRun } from './partition_run.ts'
import type { PartitionTable } from './partition_table.ts'
import type { RunContext } from './run_context.ts'

/** Watches for the end. */
export class BoundedEnd {
  readonly #run: RunContext
  readonly #partitions: PartitionTable
  /** Where each partition stood when its `end` was carried out. */
  readonly #endedAt = new Map<PartitionRun, number>()

  constructor(run: RunContext, partitions: PartitionTable) {
    this.#run = run
    this.#partitions = partitions
  }

  /** Resolves at the end; never when the run stops before. */
  async reached(): Promise<void> {
    const { stopping, client } = this.#run
    while (!stopping.aborted) {
      await client.clock.sleep(client.limits.endCheckMs, stopping)
      if (!(await this.#allRead())) continue
      if ((await this.#allEnded()) && (await this.#allRead())) return
    }
    await new Promise(() => {})
  }

  async #allRead(): Promise<boolean> {
    const partitions = this.#partitions.assigned()
    const quiet = () =>
      this.#partitions.memberId !== null && partitions.every((partition) => partition.usable && !partition.busy)
    if (!quiet()) return false
    const positions = partitions.map((partition) => partition.position)
    const caughtUp = await Promise.all(partitions.map((partition) => partition.caughtUp()))
    const unchanged = partitions.every((partition, i) => partition.position === positions[i])
    return caughtUp.every((each) => each) && unchanged && quiet()
  }

  async #allEnded(): Promise<boolean> {
    const { stopping } = this.#run
    for (const partition of this.#partitions.assigned()) {
      if (stopping.aborted) return false
      if (this.#endedAt.get(partition) === partition.position) continue
      const { position } = partition
      if (!(await partition.end())) return false
      this.#endedAt.set(partition, position)
    }
    return true
  }
}
