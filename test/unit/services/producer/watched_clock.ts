// A virtual clock whose sleepers can be waited for, so that a test moves time only when the code under test is asleep.

import { virtualClock } from '#runtime/clock'

/** A virtual clock that tells of its sleepers. */
export interface WatchedClock extends ReturnType<typeof virtualClock> {
  /** Resolves with the length of the next sleep that was not yet asked for here. */
  nextSleep(): Promise<number>
}

/** Stands at `start`; sleeps of the lengths in `ignored` (timeouts, say) are slept but not told of. */
export function watchedClock(start: number, ignored: readonly number[] = []): WatchedClock {
  const clock = virtualClock(start)
  const told: number[] = []
  const waiting: ((ms: number) => void)[] = []
  return {
    ...clock,
    sleep(ms, signal) {
      const slept = clock.sleep(ms, signal)
      if (ignored.includes(ms)) return slept
      const next = waiting.shift()
      if (next === undefined) told.push(ms)
      else next(ms)
      return slept
    },
    nextSleep() {
      const ms = told.shift()
      return ms === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ms)
    },
  }
}
