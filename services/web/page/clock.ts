// The server's clock as the page knows it: the time that the newest event carried, and what has passed since by the
// browser's own steady count. The viewer's wall clock is used only until the first event.

import type { PageClock } from './page_context.ts'
import { Value } from './value.ts'

/** An event may take a while to come, so the earliest arrival tells the time best. */
export class ServerClock implements PageClock {
  readonly second: Value<number>
  readonly #steady: () => number
  #origin: number

  /** `steady` counts milliseconds, such as performance.now; `origin` is what the wall clock said when it was 0. */
  constructor(steady: () => number, origin: number) {
    this.#steady = steady
    this.#origin = origin
    this.second = new Value(this.now())
  }

  now(): number {
    return Math.round(this.#origin + this.#steady())
  }

  /** Takes the time of an event that has just come. */
  hear(now: number): void {
    this.#origin = Math.max(this.#origin, now - this.#steady())
  }

  /** Takes a time as it is: the count stands still while a computer sleeps, and the wall clock may be wrong. */
  begin(now: number): void {
    this.#origin = now - this.#steady()
  }

  /** Tells the time each second from now on. */
  run(): void {
    // First, so that a watcher that throws stops nobody's clock.
    setTimeout(() => this.run(), SECOND_MS - (this.now() % SECOND_MS))
    this.second.set(this.now())
  }
}

const SECOND_MS = 1_000
