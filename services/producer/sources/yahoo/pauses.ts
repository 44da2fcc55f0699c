// How long to rest between rounds of asking Yahoo: the interval with jitter, longer while all markets are closed, much
// longer after a failure. Whatever is not usual is said.

import type { Logger } from '#runtime/logger'
import { backoffMs } from '#runtime/retry'
import { YAHOO_BACKOFF, YAHOO_CLOSED_POLL_MS, YAHOO_JITTER } from '#services/producer/limits'
import type { YahooFailure } from '#services/producer/sources/yahoo/fetch'

/** How a round over all symbols ended. */
export interface Round {
  readonly quotes: number
  readonly allClosed: boolean
  readonly failure: YahooFailure | null
}

/** Decides the rests. */
export interface Pauses {
  /** Milliseconds to wait after this round. */
  after(round: Round): number
}

/** What the rests depend on. */
export interface PausesOptions {
  readonly pollIntervalMs: number
  readonly random: () => number
  readonly logger: Logger
}

/** Rests that begin with nothing known. */
export function openPauses({ pollIntervalMs, random, logger }: PausesOptions): Pauses {
  let failures = 0
  let allClosed = false
  const afterFailure = (failure: YahooFailure) => {
    failures++
    const waitMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(failures, YAHOO_BACKOFF, random))
    const { request, status, retryAfterMs } = failure
    logger.warn(
      { request, status, retryAfterMs, failures, waitMs },
      `Yahoo gave no quotes: ${failure.message}; trying again in ${Math.round(waitMs / 1000)} s`,
    )
    return waitMs
  }
  return {
    after(round: Round): number {
      if (round.failure !== null) return afterFailure(round.failure)
      if (failures > 0) logger.info({ failures }, 'Yahoo answers again')
      failures = 0
      const restMs = round.allClosed ? Math.max(pollIntervalMs, YAHOO_CLOSED_POLL_MS) : pollIntervalMs
      if (round.allClosed !== allClosed) {
        const what = round.allClosed ? 'all markets are closed' : 'a market is open'
        logger.info(`${what}: asking Yahoo every ${restMs / 1000} s`)
      }
      allClosed = round.allClosed
      return Math.round(restMs * (1 + YAHOO_JITTER * (2 * random() - 1)))
    },
  }
}
