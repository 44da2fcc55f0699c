// How often Yahoo is asked: at the poll interval with jitter, less often while all markets are closed, and much less
// often after failures. Whatever is not usual is said.

import type { Logger } from '#runtime/logger'
import { backoffMs } from '#runtime/retry'
import { YAHOO_BACKOFF, YAHOO_CLOSED_POLL_MS, YAHOO_JITTER } from '#services/producer/limits'
import type { YahooFailure } from '#services/producer/yahoo_fetch'

/** How a round over all symbols ended. */
export interface Round {
  readonly quotes: number
  readonly allClosed: boolean
  readonly failure: YahooFailure | null
}

/** Decides how long to wait between rounds. */
export interface PollPace {
  /** Milliseconds from the end of this round to the next one. */
  waitMsAfter(round: Round): number
}

/** What the pace depends on. */
export interface PollPaceOptions {
  readonly pollIntervalMs: number
  readonly random: () => number
  readonly logger: Logger
}

/** A pace that begins with nothing known. */
export function openPollPace({ pollIntervalMs, random, logger }: PollPaceOptions): PollPace {
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
    waitMsAfter(round: Round): number {
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
