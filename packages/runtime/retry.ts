// Bounded retries with full jitter: the one place where the platform waits and tries again.

import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'

/** How often and how long to try. */
export interface RetryPolicy {
  readonly attemptsMax: number
  readonly delayMinMs: number
  readonly delayMaxMs: number
}

/** The parts a retry needs from outside. */
export interface RetryContext {
  readonly clock: Clock
  /** A number in [0, 1): Math.random in production, a seeded one in tests. */
  readonly random: () => number
  readonly signal?: AbortSignal
  /** Told before each wait, so that a retry is never silent. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void
}

/**
 * Runs `work` until it succeeds, fails for good, or the attempts are used up; then throws its last error.
 * Only a PlatformError with `retryable` is tried again.
 */
export async function retry<T>(work: () => Promise<T>, policy: RetryPolicy, context: RetryContext): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const again = error instanceof PlatformError && error.retryable && attempt < policy.attemptsMax
      if (!again || context.signal?.aborted) throw error
      const delayMs = backoffMs(attempt, policy, context.random)
      context.onRetry?.(error, attempt, delayMs)
      await context.clock.sleep(delayMs, context.signal)
    }
  }
}

/** The wait before attempt `attempt + 1`: uniform between the minimum and a doubling, capped ceiling. */
export function backoffMs(
  attempt: number,
  delays: Pick<RetryPolicy, 'delayMinMs' | 'delayMaxMs'>,
  random: () => number,
): number {
  const ceiling = Math.min(delays.delayMaxMs, delays.delayMinMs * 2 ** Math.min(attempt, 30))
  return Math.round(delays.delayMinMs + random() * Math.max(0, ceiling - delays.delayMinMs))
}
