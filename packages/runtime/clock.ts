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

/** How long something may take, as a signal. */
export interface TimeLimit {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal
  /** Aborted when what is limited has ended: then the time does not count any more. */
  readonly ended: AbortSignal
  /** To be called at that end. */
  end(): void
}

/**
 * Begins to count. It takes the place of AbortSignal.timeout, which goes by no clock of ours. And Node 24 never lets go
 * of a signal that AbortSignal.any makes of such a timeout and is then given again.
 */
export function timeLimit(ms: number, clock: Clock): TimeLimit {
  const over = new AbortController()
  const ended = new AbortController()
  void clock.sleep(ms, ended.signal).then(() => {
    if (!ended.signal.aborted) over.abort()
  })
  return { signal: over.signal, ended: ended.signal, end: () => ended.abort() }
}

/** How long to wait. */
export interface WaitLimit {
  readonly ms: number
  readonly clock: Clock
  /** Ends the waiting, not the work. */
  readonly signal?: AbortSignal
}

/** Waits for the work, but no longer than that. Throws what it throws meanwhile. */
export async function waitAtMost(work: Promise<unknown>, { ms, clock, signal }: WaitLimit): Promise<void> {
  const done = new AbortController()
  const ending = work.finally(() => done.abort())
  const over = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal])
  await Promise.race([ending, clock.sleep(ms, over)])
  // The sleep may wake before the failure is heard.
  if (done.signal.aborted) await ending
}
