// The offsets of one group, as its coordinator keeps them: those of a transaction wait for its marker. As in the
// protocol that kafkajs speaks, a commit carries no generation of the group: only the producer's epoch fences.

import { partitionName } from '#log/topic_partition'
import { protocolError } from '../world/kafkajs_errors.ts'
import type { ProducerEpoch } from './partition_log.ts'

/** An offset that is committed, or waits to be. */
export interface OffsetCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

/** A group's offsets. */
export class OffsetsLog {
  readonly #committed = new Map<string, OffsetCommit>()
  readonly #waiting = new Map<number, OffsetCommit[]>()
  readonly #epochs = new Map<number, number>()
  readonly #onCommit: (commit: OffsetCommit, before: OffsetCommit | null) => void

  constructor(onCommit: (commit: OffsetCommit, before: OffsetCommit | null) => void) {
    this.#onCommit = onCommit
  }

  /** What is committed; what waits for a marker is not shown, since who opens a partition does not ask for it. */
  of(topic: string, partition: number): OffsetCommit | null {
    return this.#committed.get(partitionName({ topic, partition })) ?? null
  }

  get isDecided(): boolean {
    return this.#waiting.size === 0
  }

  add(producer: ProducerEpoch, commits: readonly OffsetCommit[]): void {
    this.#fence(producer)
    this.#waiting.set(producer.producerId, [...(this.#waiting.get(producer.producerId) ?? []), ...commits])
  }

  /** Ends the producer's transaction here. */
  mark(producer: ProducerEpoch, isCommit: boolean): void {
    this.#fence(producer)
    const commits = this.#waiting.get(producer.producerId) ?? []
    this.#waiting.delete(producer.producerId)
    if (!isCommit) return
    for (const commit of commits) {
      const before = this.of(commit.topic, commit.partition)
      this.#committed.set(partitionName(commit), commit)
      this.#onCommit(commit, before)
    }
  }

  #fence({ producerId, epoch }: ProducerEpoch): void {
    if (epoch < (this.#epochs.get(producerId) ?? 0)) throw protocolError('INVALID_PRODUCER_EPOCH')
    this.#epochs.set(producerId, epoch)
  }
}
