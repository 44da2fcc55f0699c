// The last trading days of all symbols, filled when a producer of live quotes starts. It runs beside the producer: it
// waits for the first quotes, never fails or holds up anything, ends at its limits, and says in one line what it is
// about to do and in one what it did. Once all that it fetched is final it asks for what was not, and for the minute
// that ran when it began, whose live bar has the volume of the outage before it.

import { createHash } from 'node:crypto'
import type { EventLog } from '#log/event_log'
import { HISTORY_TOPICS } from '#market/topics'
import { counted, durationText } from '#runtime/counted'
import { messageOf } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { DAY_MS } from '#runtime/units'
import { runBackfill } from '#services/backfill/backfill'
import { backfillSettings } from '#services/backfill/config'
import {
  AT_START_AGAIN_AFTER_MS,
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
import { type BackfillContext, type OpenedBackfill, openBackfill } from '#services/backfill/opened'
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

/** Fills the last days, in two passes. Resolves when it has ended, whatever happened; never rejects. */
export async function fillLastDays(context: BackfillContext, parts: AtStartParts): Promise<void> {
  const { logger, clock } = context
  let what = 'the last days'
  try {
    await firstQuotes(context, parts)
    if (parts.signal.aborted) return
    if (!(await hasTopics(parts.log))) {
      return logger.warn('the last days are not filled: the log has no topics for history; run `tickerlake init`')
    }
    const opened = openBackfill(context, parts)
    const first = await fill(context, { ...opened, ...firstPass(context, opened.intervalMs) })
    sayWhatWasDone(context, first, 'the last trading days')
    // Also after one that asked nothing: a start within this very minute has fetched all before it, but not the minute.
    if (first.end.kind !== 'done') return
    await clock.sleep(AT_START_AGAIN_AFTER_MS, parts.signal)
    if (parts.signal.aborted) return
    what = 'the newest minutes'
    // Its one line says how many requests failed; what each of them met is not said a second time.
    const second = await fill(context, { ...opened, logger: silentLogger })
    sayWhatWasDone(context, second, 'the newest minutes, asked for again')
  } catch (error) {
    logger.warn(`${what} are not filled: ${messageOf(error)}; all else goes on without them`)
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

/** What is done is not asked again: a second time it is what was not final, or failed. */
function fill({ settings, clock }: BackfillContext, pass: OpenedBackfill) {
  const { SYMBOLS: symbols } = settings.of(backfillSettings)
  const today = Math.floor(clock.now() / DAY_MS)
  const wish = {
    symbols,
    grain: '1m',
    from: today - AT_START_LOOKBACK_DATES,
    to: today + 1,
    newest: AT_START_DAYS,
  } as const
  const limits = { requestsMax: AT_START_REQUESTS_MAX, durationMaxMs: AT_START_MAX_MS }
  return runBackfill({ ...pass, name: nameOf(symbols), wish, limits })
}

/** A page waits for the first pass, and a user may not want it: it is eager, and says what it is about to do. */
function firstPass({ logger }: BackfillContext, intervalMs: number) {
  const onPlan = ({ units }: Plan) => {
    if (units.length === 0) return
    const about = durationText(waitsOf(units.length, intervalMs))
    logger.info(
      { requests: units.length },
      `filling the last trading days of ${counted(symbolsIn(units), 'symbol')} with minutes from Yahoo, ` +
        `${counted(units.length, 'request')}, about ${about}; BACKFILL_AT_START=false leaves it out`,
    )
  }
  const eager = { requests: AT_START_EAGER_REQUESTS, intervalMs: AT_START_EAGER_INTERVAL_MS }
  return { eager, onPlan, onFailed: sayFailures(logger) }
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

function sayWhatWasDone({ logger }: BackfillContext, summary: BackfillSummary, what: string): void {
  const { bars, requests, left, failed, durationMs, end } = summary
  if (requests === 0 && left === 0) return
  const failures = failed.length === 0 ? '' : `, ${counted(failed.length, 'request')} without a usable answer`
  const words = `${what}: ${counted(bars, 'bar')} of history in ${counted(requests, 'request')}`
  const rest = end.kind === 'done' ? '' : `; ${endText(end)}, and the next start goes on`
  logger.info({ bars, requests, left, durationMs }, `${words}${failures}${rest}`)
}
