// Asks something that may fail or hang: at most one question is under way, nobody waits for longer than a limit, and
// what went wrong is a value.

import type { Clock } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import { ANSWER_MS_MAX } from '#services/web/flow/limits'

/** What came of a question. `trouble`: why there is no answer, in words. */
export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'trouble'; readonly trouble: string }

/** One question, asked again and again. */
export class BoundedAsk<T> {
  readonly #question: () => Promise<T>
  readonly #clock: Clock
  #pending: Promise<Answer<T>> | null = null

  constructor(question: () => Promise<T>, clock: Clock) {
    this.#question = question
    this.#clock = clock
  }

  /** Waits for the answer for ANSWER_MS_MAX at most. One that comes later serves whoever asks meanwhile. */
  async ask(): Promise<Answer<T>> {
    this.#pending ??= this.#put()
    const waiting = new AbortController()
    const late = this.#clock.sleep(ANSWER_MS_MAX, waiting.signal).then((): Answer<T> => NO_ANSWER)
    try {
      return await Promise.race([this.#pending, late])
    } finally {
      waiting.abort()
    }
  }

  async #put(): Promise<Answer<T>> {
    try {
      return { kind: 'answer', value: await this.#question() }
    } catch (error) {
      return { kind: 'trouble', trouble: messageOf(error) }
    } finally {
      this.#pending = null
    }
  }
}

const NO_ANSWER = { kind: 'trouble', trouble: `no answer within ${ANSWER_MS_MAX / 1000} s` } as const
