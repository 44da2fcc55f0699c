// Who may run a query now: so many at a time, and so many that wait for them, in their order. All others are told to
// come again.

import { RequestError } from '#services/web/request_error'

/** How many queries there may be. */
export interface QueueLimits {
  readonly runningMax: number
  readonly waitingMax: number
}

/** A queue before something that only so many may do at a time. */
export class QueryQueue {
  readonly #limits: QueueLimits
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Waits for a turn, which ends by the function that it resolves to. Throws BUSY, and when the signal aborts. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#running < this.#limits.runningMax) this.#running++
    else await this.#wait(signal)
    let isIn = true
    return () => {
      if (isIn) this.#next()
      isIn = false
    }
  }

  /** A turn goes from hand to hand. */
  #next(): void {
    const [take] = this.#waiting
    if (take === undefined) this.#running--
    else take()
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#limits.waitingMax) throw busy(this.#limits)
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => () => {
        this.#waiting.delete(take)
        signal.removeEventListener('abort', leave)
        end()
      }
      const take = settle(resolve)
      const leave = settle(() => reject(new RequestError(503, 'STOPPED', { message: 'nobody waits for the query' })))
      this.#waiting.add(take)
      signal.addEventListener('abort', leave)
      if (signal.aborted) leave()
    })
  }
}

function busy({ runningMax, waitingMax }: QueueLimits): RequestError {
  const message = `${runningMax} queries run and ${waitingMax} wait already; ask again in a moment`
  return new RequestError(503, 'BUSY', { message, headers: { 'retry-after': '2' } })
}
