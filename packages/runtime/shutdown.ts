// Ending in good order: the first signal asks, the second one and the deadline insist.

import type { Logger } from '#runtime/logger'

/** How long a service may take to end after SIGINT or SIGTERM. */
export const SHUTDOWN_MAX_MS = 10_000

/** The exit code of a program that a user interrupted. */
const INTERRUPTED = 130

/** The part of `process` that is needed. */
export interface Signals {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): never
}

/**
 * A signal that aborts at the first SIGINT or SIGTERM. A second one, or SHUTDOWN_MAX_MS without an end, exits at once:
 * nothing is lost by that, since what is durable was so before.
 */
export function shutdownSignal(signals: Signals, logger: Logger): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  let deadline: NodeJS.Timeout | undefined
  const stop = () => {
    if (controller.signal.aborted) signals.exit(INTERRUPTED)
    deadline = setTimeout(() => {
      logger.error(
        { afterMs: SHUTDOWN_MAX_MS },
        'did not end in time, leaving now; the next start goes on from the last commit',
      )
      signals.exit(1)
    }, SHUTDOWN_MAX_MS)
    deadline.unref()
    controller.abort()
  }
  signals.on('SIGINT', stop)
  signals.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(deadline)
      signals.off('SIGINT', stop)
      signals.off('SIGTERM', stop)
    },
  }
}
