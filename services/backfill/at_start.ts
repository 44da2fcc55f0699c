// The last trading days of all symbols, filled when a producer of live quotes starts. It runs beside the producer: it
// waits for the first quotes, never fails or holds up anything, ends at its limits, and says in one line what it is
// about to do and in one what it did.

import { createHash } from 'node:crypto'
import type { EventLog } from '#log/event_log'
import { HISTORY_TOPICS } from '#market/topics'
import { counted, durationText } from '#runtime/counted'
import { messageOf } from '#runtime/errors'
import { DAY_MS } from '#runtime/units'
import { runBackfill } from '#services/backfill/backfill'
import { backfillSettings } from '#services/backfill/config'
import {
  AT_START_DAYS,
  AT_START_EAGER_INTERVAL_MS,
  AT_START_EAGER_REQUESTS,
  AT_START_FAILURES_NAMED_MAX,
  AT_START_LOOK_MS,
  AT_START_LOOKBACK_DATES,
  AT_START_MAX_MS,
  AT_START_REQUESTS_MAX,
  AT_START_WAIT_MAX_MS,
} from '#services/backfill/limits'
import { type BackfillContext, openBackfill } from '#services/backfill/opened'
import type { Plan } from '#services/backfill/plan'
import type { BackfillSummary, FailedRequest } from '#services/backfill/summary'
import { endText } from '#services/backfill/words'

/** What it runs beside. */
export interface AtStartParts {
  readonly log: EventLog
  readonly signal: AbortSignal
  /** Whether the producer has sent its first quotes. */
  readonly hasQuotes: () => boolean
}

/**
 * It has a name of its own, so that a start does not end a backfill that a user has begun, nor the filling of another
 * producer, which has other symbols.
 */
function nameOf(symbols: readonly string[]): string {
  const hash = createHash('sha256').update([...symbols].sort().join())
  return `backfill-at-start-${hash.digest('hex').slice(0, 16)}`
}

/** Fills the last days. Resolves when it has ended, whatever happened; never rejects. */
export async function fillLastDays(context: BackfillContext, parts: AtStartParts): Promise<void> {
  const { logger } = context
  try {
    await firstQuotes(context, parts)
    if (parts.signal.aborted) return
    if (!(await hasTopics(parts.log))) {
      return logger.warn('the last days are not filled: the log has no topics for history; run `tickerlake init`')
    }
    const summary = await fill(context, parts)
    if (summary.requests > 0 || summary.left > 0) sayWhatWasDone(context, summary)
  } catch (error) {
    logger.warn(`the last days are not filled: ${messageOf(error)}; all else goes on without them`)
  }
}

async function firstQuotes({ clock }: BackfillContext, { signal, hasQuotes }: AtStartParts): Promise<void> {
  const until = clock.now() + AT_START_WAIT_MAX_MS
  while (!hasQuotes() && !signal.aborted && clock.now() < until) await clock.sleep(AT_START_LOOK_MS, signal)
}

/** A log that was made by an older version has none, and produces all the same. */
async function hasTopics(log: EventLog): Promise<boolean> {
  return (await log.describeTopics(HISTORY_TOPICS)).length === HISTORY_TOPICS.length
}

function fill(context: BackfillContext, parts: AtStartParts): Promise<BackfillSummary> {
  const { settings, clock, logger } = context
  const { SYMBOLS: symbols } = settings.of(backfillSettings)
  const opened = openBackfill(context, parts)
  const today = Math.floor(clock.now() / DAY_MS)
  const wish = {
    symbols,
    grain: '1m',
    from: today - AT_START_LOOKBACK_DATES,
    to: today + 1,
    newest: AT_START_DAYS,
  } as const
  const onPlan = ({ units }: Plan) => {
    if (units.length === 0) return
    const about = durationText(waitsOf(units.length, opened.intervalMs))
    logger.info(
      { requests: units.length },
      `filling the last trading days of ${counted(symbolsIn(units), 'symbol')} with minutes from Yahoo, ` +
        `${counted(units.length, 'request')}, about ${about}; BACKFILL_AT_START=false leaves it out`,
    )
  }
  const limits = { requestsMax: AT_START_REQUESTS_MAX, durationMaxMs: AT_START_MAX_MS }
  const eager = { requests: AT_START_EAGER_REQUESTS, intervalMs: AT_START_EAGER_INTERVAL_MS }
  return runBackfill({ ...opened, name: nameOf(symbols), wish, limits, eager, onPlan, onFailed: sayFailures(logger) })
}

function waitsOf(requests: number, intervalMs: number): number {
  const eager = Math.min(requests, AT_START_EAGER_REQUESTS)
  return eager * Math.min(intervalMs, AT_START_EAGER_INTERVAL_MS) + (requests - eager) * intervalMs
}

function symbolsIn(units: Plan['units']): number {
  return new Set(units.map(({ symbol }) => symbol)).size
}

function sayFailures(logger: BackfillContext['logger']): (failed: FailedRequest) => void {
  let named = 0
  return ({ request, detail }) => {
    if (++named <= AT_START_FAILURES_NAMED_MAX) logger.warn(`no history of ${request}: ${detail}`)
  }
}

function sayWhatWasDone({ logger }: BackfillContext, summary: BackfillSummary): void {
  const { bars, requests, left, failed, durationMs, end } = summary
  const failures = failed.length === 0 ? '' : `, ${counted(failed.length, 'request')} without a usable answer`
  const words = `the last trading days: ${counted(bars, 'bar')} of history in ${counted(requests, 'request')}`
  const rest = end.kind === 'done' ? '' : `; ${endText(end)}, and the next start goes on`
  logger.info({ bars, requests, left, durationMs }, `${words}${failures}${rest}`)
}
