// Time as a value that is handed in, so that tests own it. The system clock is the only place that asks the machine.

import type { EpochMs } from '#runtime/units'

/** Tells the time and waits. */
export interface Clock {
  now(): EpochMs
  /** Resolves after `ms` milliseconds, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

/** A clock that stands still until it is moved; sleepers wake when their time has come. */
export function virtualClock(start: number): Clock & { advance(ms: number): Promise<void> } {
  let now = start
  const sleepers = new Set<{ readonly at: number; wake(): void }>()
  return {
    now: () => now as EpochMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve()
        const wake = () => {
          sleepers.delete(sleeper)
          resolve()
        }
        const sleeper = { at: now + ms, wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', wake, { once: true })
      }),
    async advance(ms) {
      const target = now + ms
      for (;;) {
        const next = [...sleepers].filter((s) => s.at <= target).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        now = next.at
        next.wake()
        await new Promise((resolve) => setImmediate(resolve))
      }
      now = target
    },
  }
}
