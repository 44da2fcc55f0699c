// Asks for what a panel shows, and asks again after a failure. Only the newest request counts.

import { messageOf } from './page_context.ts'

/** After a failed request the next one waits this long. */
const RETRY_MS = 5_000

/** What to ask, and who takes it. */
export interface LoaderOptions<T> {
  ask(signal: AbortSignal): Promise<T>
  take(answer: T): void
  /** Told of each failure, as a sentence; the loader tries again by itself. */
  fail(message: string): void
}

/** Asks when told to. */
export class Loader<T> {
  readonly #options: LoaderOptions<T>
  #asking: AbortController | undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: LoaderOptions<T>) {
    this.#options = options
  }

  /** Asks anew; what was asked before counts no more. Never rejects. */
  async load(): Promise<void> {
    clearTimeout(this.#retry)
    this.#asking?.abort()
    const own = new AbortController()
    this.#asking = own
    const { ask, take, fail } = this.#options
    try {
      const answer = await ask(own.signal)
      if (!own.signal.aborted) take(answer)
    } catch (error) {
      if (own.signal.aborted) return
      fail(messageOf(error))
      this.#retry = setTimeout(() => this.load(), RETRY_MS)
    }
  }
}
