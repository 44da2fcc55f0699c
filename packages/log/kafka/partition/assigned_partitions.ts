// The partitions of a run, by name, and the member id that it has in the group. What a join of the group does to them
// is in ../group/rebalance.ts.

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

  /** Notes the id of a join; true when it is the one that the member had before. */
  joinedAs(memberId: string): boolean {
    const isSame = memberId === this.#memberId
    this.#memberId = memberId
    return isSame
  }

  /** The partition, assigned or not. */
  obtain(at: TopicPartition): AssignedPartition {
    const name = partitionName(at)
    const known = this.#partitions.get(name)
    if (known !== undefined) return known
    const partition = new AssignedPartition(at, this.#run)
    this.#partitions.set(name, partition)
    return partition
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
}
