// Waiting with a limit. What is late goes on unobserved; whoever sets a limit must be able to live with that.

import type { Clock } from '#runtime/clock'

/** Whether the work was done in time, and with what. */
export type InTime<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'late' }

/** Waits for a promise at most `ms` milliseconds; rejects when it does so in time. */
export async function inTime<T>(
  work: Promise<T>,
  limit: { readonly ms: number; readonly clock: Clock },
): Promise<InTime<T>> {
  const waiting = new AbortController()
  const done = work.then((value): InTime<T> => ({ kind: 'done', value }))
  const late = limit.clock.sleep(limit.ms, waiting.signal).then((): InTime<T> => ({ kind: 'late' }))
  try {
    return await Promise.race([done, late])
  } finally {
    waiting.abort()
    done.catch(() => {})
  }
}
