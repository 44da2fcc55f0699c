// How long a member that is to join again may bring its partitions on first. It is slept, not told from the time of
// day: a machine whose clock is set back would otherwise keep the whole group waiting.

import type { Clock } from '#runtime/clock'

/** A wait that begins with each join. */
export class StepWait {
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #ms: number
  /** Aborted when the wait is over. */
  #current: AbortController | null = null

  constructor(clock: Pick<Clock, 'sleep'>, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** Whether there is none, or its time is up. */
  get isOver(): boolean {
    return this.#current?.signal.aborted ?? true
  }

  /** Begins anew. */
  begin(): void {
    this.end()
    const current = new AbortController()
    this.#current = current
    void this.#clock.sleep(this.#ms, current.signal).then(() => current.abort())
  }

  /** Ends it before its time. */
  end(): void {
    this.#current?.abort()
  }
}
