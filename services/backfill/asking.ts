// How a source is asked: with patience while it refuses, and no longer than the limits say.

import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { backoffMs } from '#runtime/retry'
import type { HistoryAnswer, HistorySource } from '#services/backfill/history_source'
import { ASK_RETRY, RETRY_AFTER_WAITED_MAX_MS } from '#services/backfill/limits'
import { type BackfillUnit, unitText } from '#services/backfill/unit'

/** What asking needs. */
export interface AskingParts {
  readonly source: HistorySource
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * Asks until there is an answer, the tries are used up, or the source wants a wait that is too long: then the last
 * refusal is the answer, as it is when the signal aborts.
 */
export async function askPatiently(
  unit: BackfillUnit,
  { source, clock, random, logger, signal }: AskingParts,
): Promise<HistoryAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await source.ask(unit)
    if (answer.kind !== 'refused' || signal.aborted || attempt === ASK_RETRY.attemptsMax) return answer
    const retryAfterMs = answer.retryAfterMs ?? 0
    if (retryAfterMs > RETRY_AFTER_WAITED_MAX_MS) return answer
    const waitMs = Math.max(retryAfterMs, backoffMs(attempt, ASK_RETRY, random))
    const { detail, status } = answer
    logger.warn(
      { status, attempt, attemptsMax: ASK_RETRY.attemptsMax, waitMs },
      `no history of ${unitText(unit)}: ${detail}; trying again in ${Math.round(waitMs / 1000)} s`,
    )
    await clock.sleep(waitMs, signal)
  }
}
