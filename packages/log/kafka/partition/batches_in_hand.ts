// The fetched batches that a run holds, over all its partitions: how much memory they keep, and how many are worked on
// at once. Invariant: whoever waits for room waits for work only, and work waits for nobody who waits for room.

import type { FetchedBatch } from '../kafkajs/fetched_batch.ts'
import type { KafkaLimits } from '../limits.ts'

/** Bounds what is read ahead of the work. */
export class BatchesInHand {
  readonly #bytesMax: number
  /** By the answer that its bytes lie in: an answer is held in memory until the last of its batches is done. */
  readonly #counts = new Map<ArrayBufferLike, number>()
  readonly #turns: (() => void)[] = []
  #turnsLeft: number
  #bytes = 0
  #changed = Promise.withResolvers<void>()

  constructor(limits: Pick<KafkaLimits, 'readAheadBytesMax' | 'partitionsAtOnceMax'>) {
    this.#bytesMax = limits.readAheadBytesMax
    this.#turnsLeft = limits.partitionsAtOnceMax
  }

  /** Bytes of all answers that batches in hand lie in. */
  get bytes(): number {
    return this.#bytes
  }

  take(batch: FetchedBatch): void {
    for (const answer of answersOf(batch)) {
      const count = this.#counts.get(answer) ?? 0
      if (count === 0) this.#bytes += answer.byteLength
      this.#counts.set(answer, count + 1)
    }
  }

  /** The batch is done with, or dropped. */
  release(batch: FetchedBatch): void {
    for (const answer of answersOf(batch)) {
      const count = this.#counts.get(answer) as number
      if (count > 1) this.#counts.set(answer, count - 1)
      else {
        this.#counts.delete(answer)
        this.#bytes -= answer.byteLength
      }
    }
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  /** Resolves when one more answer may be fetched, as far as memory and the caller's own condition go. */
  async room(hasRoom: () => boolean): Promise<void> {
    while (this.#bytes > this.#bytesMax || !hasRoom()) await this.#changed.promise
  }

  /** Resolves when every batch is done with. */
  async none(): Promise<void> {
    while (this.#counts.size > 0) await this.#changed.promise
  }

  /** Works when fewer than `partitionsAtOnceMax` do; at once, within the call, if so already. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#turnsLeft > 0) this.#turnsLeft--
    else await new Promise<void>((resolve) => this.#turns.push(resolve))
    try {
      await work()
    } finally {
      const next = this.#turns.shift()
      if (next === undefined) this.#turnsLeft++
      else next()
    }
  }
}

function answersOf({ rawMessages }: FetchedBatch): ArrayBufferLike[] {
  return rawMessages.map(({ bytes }) => bytes.buffer)
}
