// Virtual time: a queue of events, and a clock that stands still until nothing is left to do at its moment. Of events
// of the same moment the order is the seed's. Invariant: no timer of the machine, so a seed gives one exact run.

import type { EpochMs } from '#runtime/units'

interface TimedEvent {
  readonly at: number
  /** Drawn at random: decides among events of one moment. */
  readonly tie: number
  act: (() => void) | null
}

/** Time that passes by its events only. */
export class VirtualTime {
  readonly startedAt: number
  readonly #random: () => number
  readonly #heap: TimedEvent[] = []
  #now: number

  constructor(startedAt: number, random: () => number) {
    this.startedAt = startedAt
    this.#now = startedAt
    this.#random = random
  }

  get now(): EpochMs {
    return this.#now as EpochMs
  }

  /** Milliseconds since the run began. */
  get elapsedMs(): number {
    return this.#now - this.startedAt
  }

  /** Lets something happen in `ms` milliseconds; returns what calls it off. */
  after(ms: number, act: () => void): () => void {
    const event: TimedEvent = { at: this.#now + Math.max(0, ms), tie: this.#random(), act }
    this.#push(event)
    return () => {
      event.act = null
    }
  }

  /** Resolves when `done` holds between two events, or nothing is left to happen. Rejects with what an event throws. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          const act = done() ? null : this.#next()
          if (act === null) return resolve()
          act()
        } catch (error) {
          return reject(error)
        }
        setImmediate(settled)
      }
      // The code under test may wait for one setImmediate (fresh_read.ts): its turn comes between these two.
      const settled = () => setImmediate(step)
      step()
    })
  }

  #next(): (() => void) | null {
    for (;;) {
      const event = this.#pop()
      if (event === undefined) return null
      if (event.act === null) continue
      this.#now = event.at
      return event.act
    }
  }

  #push(event: TimedEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent] as TimedEvent)) break
      heap[at] = heap[parent] as TimedEvent
      at = parent
    }
    heap[at] = event
  }

  #pop(): TimedEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as TimedEvent, heap[child] as TimedEvent)) child++
      if (!isBefore(heap[child] as TimedEvent, last)) break
      heap[at] = heap[child] as TimedEvent
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(one: TimedEvent, other: TimedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie)
}
