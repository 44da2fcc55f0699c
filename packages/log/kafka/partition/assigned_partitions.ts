// The partitions of a run, and what joins of the group do to them. A partition is retained over a join only when the
// member id stayed the same: an id that changed means that the group had let us go, and others may have had the
// partition.

import type { TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { RunContext } from '../group/run_context.ts'
import { AssignedPartition } from './assigned_partition.ts'

/** All partitions that this run ever had. */
export class AssignedPartitions {
  readonly #run: RunContext
  readonly #partitions = new Map<string, AssignedPartition>()
  #memberId: string | null = null

  constructor(run: RunContext) {
    this.#run = run
  }

  /** The id that the group gave this life of the consumer; null until it has joined. */
  get memberId(): string | null {
    return this.#memberId
  }

  /** Those that are assigned now. */
  assigned(): AssignedPartition[] {
    return [...this.#partitions.values()].filter((partition) => partition.assigned)
  }

  get(at: TopicPartition): AssignedPartition | undefined {
    return this.#partitions.get(partitionName(at))
  }

  /** The group was joined and has given us these. */
  join(memberId: string, given: readonly TopicPartition[]): void {
    const consecutive = memberId === this.#memberId
    this.#memberId = memberId
    const keys = new Set(given.map(partitionName))
    for (const [key, partition] of this.#partitions) if (partition.assigned && !keys.has(key)) partition.lose()
    for (const at of given) {
      const partition = this.#obtain(at)
      if (consecutive && partition.assigned) partition.retain()
      else partition.assign()
    }
  }

  /** The consumer has died: nothing is ours until the next join. */
  loseAll(): void {
    this.#memberId = null
    for (const partition of this.assigned()) partition.lose()
  }

  /** Resolves when no partition has anything running. */
  async idle(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((partition) => partition.idle()))
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((partition) => partition.dispose()))
  }

  #obtain(at: TopicPartition): AssignedPartition {
    const key = partitionName(at)
    const known = this.#partitions.get(key)
    if (known !== undefined) return known
    const partition = new AssignedPartition(at, this.#run)
    this.#partitions.set(key, partition)
    return partition
  }
}
