// The fetched batches of one partition: one is worked on, few wait, and the next fetch runs meanwhile. The order is
// that of arrival. A batch leaves the queue only under the partition's mutex, so whatever waits can be dropped at any
// time, from within any other work of the partition, and is then never worked on.

import type { FetchedBatch } from '../kafkajs/fetched_batch.ts'
import type { BatchesInHand } from './batches_in_hand.ts'
import type { Mutex } from './mutex.ts'

/** What a queue works with. */
export interface QueueParts {
  readonly mutex: Mutex
  readonly inHand: BatchesInHand
  /** Batches that may wait beside the one that is worked on. */
  readonly waitingMax: number
  /** Must not reject. */
  readonly work: (batch: FetchedBatch) => Promise<void>
}

/** Works off batches in their order. */
export class FetchedQueue {
  readonly #parts: QueueParts
  #waiting: FetchedBatch[] = []
  /** Batches that wait or are worked on. */
  #held = 0
  #working: Promise<void> | null = null

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /** Whether a batch is worked on or waits. */
  get busy(): boolean {
    return this.#working !== null
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Adds a batch; resolves when the next one may be fetched. */
  async add(batch: FetchedBatch): Promise<void> {
    const { inHand, waitingMax } = this.#parts
    inHand.take(batch)
    this.#held++
    this.#waiting.push(batch)
    this.#working ??= this.#workOff()
    await inHand.room(() => this.#held <= waitingMax)
  }

  /** Forgets what waits. */
  drop(): void {
    const dropped = this.#waiting
    this.#waiting = []
    for (const batch of dropped) this.#release(batch)
  }

  /** Resolves when nothing is worked on or waits. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working
  }

  async #workOff(): Promise<void> {
    const { mutex, inHand } = this.#parts
    while (this.#waiting.length > 0) await inHand.inTurn(() => mutex.run(() => this.#workNext()))
    this.#working = null
  }

  async #workNext(): Promise<void> {
    const batch = this.#waiting.shift()
    if (batch === undefined) return
    try {
      await this.#parts.work(batch)
    } finally {
      this.#release(batch)
    }
  }

  #release(batch: FetchedBatch): void {
    this.#held--
    this.#parts.inHand.release(batch)
  }
}
