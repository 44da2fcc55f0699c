// A backfill from plan to summary: asks for one unit after the other, and publishes each as one transaction with the
// unit's name as position. What is done is read from the log after the publisher was opened, which fences all backfills
// before it: so a kill at any point loses and doubles nothing, and of two at once the later one goes on.

import type { Calendars } from '#calendar/calendar'
import type { EventLog } from '#log/event_log'
import { HISTORY_BARS_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { askPatiently } from '#services/backfill/asking'
import type { ChartAnswer } from '#services/backfill/chart/chart_answer'
import { historyOf, type UnitHistory } from '#services/backfill/chart/history_of'
import { DoneDays } from '#services/backfill/done/done_days'
import { surveyTopics } from '#services/backfill/done/survey_topics'
import type { HistorySource } from '#services/backfill/history_source'
import { FAILED_IN_A_ROW_MAX, INTERVAL_JITTER } from '#services/backfill/limits'
import { type Plan, planBackfill, unitAt, type Wish } from '#services/backfill/plan'
import { recordsOf } from '#services/backfill/records'
import { BackfillCounts, type BackfillEnd, type BackfillSummary, type FailedRequest } from '#services/backfill/summary'
import { type BackfillUnit, daysOnMarket, unitText } from '#services/backfill/unit'
import { openPublishing, type Publishing } from '#services/producer/publishing'

/** How far a backfill is. */
export interface BackfillProgress {
  readonly done: number
  readonly total: number
  /** What is asked for now. */
  readonly unit: BackfillUnit
  /** About how long the rest takes; null while nothing tells. */
  readonly leftMs: number | null
}

/** The parts of a backfill. */
export interface BackfillOptions {
  /** Under which its position is kept: one runs at a time of each name. */
  readonly name: string
  readonly wish: Wish
  readonly source: HistorySource
  readonly log: EventLog
  readonly calendars: Calendars
  /** Notes what is done and no longer in the topics; asked only if these have lost records. */
  readonly surveyTable?: (done: DoneDays) => Promise<void>
  /** Fetch what is done, too. Default false. */
  readonly again?: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  readonly signal: AbortSignal
  /** From one request to the next, about. */
  readonly intervalMs: number
  /** The first requests may come closer together. */
  readonly eager?: { readonly requests: number; readonly intervalMs: number }
  /** Where it ends though more is to be done; default never. */
  readonly limits?: { readonly requestsMax: number; readonly durationMaxMs: number }
  readonly onPlan?: (plan: Plan) => void
  readonly onProgress?: (progress: BackfillProgress) => void
  /** Told of each request that brought nothing usable. */
  readonly onFailed?: (failed: FailedRequest) => void
}

/**
 * Fetches and publishes what is wished for and not done. Throws the log's PlatformError when something cannot be
 * published, and SOURCE_FAILED when another backfill has taken over; whatever the source does is in the summary.
 */
export async function runBackfill(options: BackfillOptions): Promise<BackfillSummary> {
  const { name, clock, newId } = options
  const startedAt = clock.now()
  const opening = { ...options, positionName: name, topic: HISTORY_BARS_TOPIC, onRetry: () => {} }
  const publishing = await openPublishing(opening)
  try {
    // From here on one that was opened before finds another position than its own, and stops.
    await publishing.publish({ records: [], position: `begun ${newId()}` })
    const done = await surveyDone(options)
    const known = options.again === true ? NOTHING_DONE : done
    const plan = planBackfill(options.wish, { calendars: options.calendars, done: known, now: clock.now() })
    options.onPlan?.(plan)
    const run = new BackfillRun({ ...options, plan, done, publishing, startedAt })
    return await run.toEnd()
  } catch (error) {
    throw isTakenOver(error, name) ? takenOver(error) : error
  } finally {
    await publishing.close()
  }
}

const NOTHING_DONE = { of: () => undefined }

/** Reads what is done. Whoever means to add to it opens the publisher before. */
export async function surveyDone(
  options: Pick<BackfillOptions, 'log' | 'wish' | 'newId' | 'signal' | 'surveyTable'>,
): Promise<DoneDays> {
  const { symbols, grain } = options.wish
  const done = new DoneDays(symbols)
  const { whole } = await surveyTopics({ ...options, grain, done })
  if (!whole) await options.surveyTable?.(done)
  return done
}

interface RunParts extends BackfillOptions {
  readonly plan: Plan
  readonly done: DoneDays
  readonly publishing: Publishing
  readonly startedAt: EpochMs
}

/** A plan being carried out. */
class BackfillRun {
  readonly #parts: RunParts
  readonly #counts: BackfillCounts
  readonly #unknownSymbols = new Set<string>()
  #failedInARow = 0

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#counts = new BackfillCounts(parts.plan)
  }

  async toEnd(): Promise<BackfillSummary> {
    const { plan, clock, startedAt } = this.#parts
    const { units } = plan
    let at = 0
    let end: BackfillEnd | null = null
    for (; at < units.length; at++) {
      const unit = units[at] as BackfillUnit
      if (!this.#unknownSymbols.has(unit.symbol)) end = await this.#step(unit, at)
      if (end !== null) break
    }
    return this.#counts.summary(end ?? { kind: 'done' }, {
      left: units.length - at,
      durationMs: clock.now() - startedAt,
    })
  }

  /** null: go on. */
  async #step(planned: BackfillUnit, at: number): Promise<BackfillEnd | null> {
    const { signal, plan, clock, onProgress } = this.#parts
    const over = this.#limitReached()
    if (over !== null) return over
    onProgress?.({ done: at, total: plan.units.length, unit: planned, leftMs: this.#leftMs(at) })
    await this.#rest()
    if (signal.aborted) return { kind: 'stopped' }
    const fetchedAt = clock.now()
    const unit = unitAt(planned, fetchedAt)
    this.#counts.leftReach(planned.days.length - (unit?.days.length ?? 0))
    if (unit === null) return null
    const answer = await askPatiently(unit, this.#parts)
    if (signal.aborted) return { kind: 'stopped' }
    if (answer.kind === 'refused') return answer
    if (answer.kind !== 'answer') return this.#failed(unit, answer)
    this.#failedInARow = 0
    await this.#publish(unit, this.#historyOf(unit, answer.answer, fetchedAt))
    return null
  }

  #historyOf(unit: BackfillUnit, answer: ChartAnswer | null, fetchedAt: EpochMs): UnitHistory {
    const { calendars, done } = this.#parts
    const { symbol } = unit
    const calendar =
      answer === null ? unit.calendar : calendars.of({ symbol, exchange: answer.exchange, zone: answer.zone })
    return historyOf({ ...unit, days: daysOnMarket(unit, calendar, done) }, answer, { calendar, fetchedAt })
  }

  async #publish(unit: BackfillUnit, history: UnitHistory): Promise<void> {
    const { publishing, done } = this.#parts
    const actions = history.actions.filter((action) => done.isNews(action))
    const news = { ...history, actions }
    // A unit may be fetched again by a later run: the time makes the position another one.
    const position = `${unitText(unit)} at ${history.days[0]?.fetchedAt}`
    await publishing.publish({ records: recordsOf(news), position })
    for (const day of history.days) done.note(day)
    for (const action of actions) done.noteAction(action)
    this.#counts.landed(news)
  }

  #failed(
    unit: BackfillUnit,
    { kind, detail }: { readonly kind: string; readonly detail: string },
  ): BackfillEnd | null {
    const failed = { request: unitText(unit), detail }
    this.#counts.failed(failed)
    this.#parts.onFailed?.(failed)
    if (kind === 'unknown_symbol') {
      this.#unknownSymbols.add(unit.symbol)
      return null
    }
    const isEnough = ++this.#failedInARow === FAILED_IN_A_ROW_MAX
    return isEnough
      ? { kind: 'refused', detail: `${FAILED_IN_A_ROW_MAX} requests in a row failed`, retryAfterMs: null }
      : null
  }

  #limitReached(): BackfillEnd | null {
    const { limits, signal, clock, startedAt } = this.#parts
    if (signal.aborted) return { kind: 'stopped' }
    if (limits === undefined) return null
    const isOver = this.#counts.requests >= limits.requestsMax || clock.now() - startedAt >= limits.durationMaxMs
    return isOver ? { kind: 'limit' } : null
  }

  async #rest(): Promise<void> {
    const { eager, random, clock, signal } = this.#parts
    const { requests } = this.#counts
    if (requests === 0) return
    const isEager = eager !== undefined && requests < eager.requests
    const intervalMs = isEager ? Math.min(eager.intervalMs, this.#parts.intervalMs) : this.#parts.intervalMs
    await clock.sleep(Math.round(intervalMs * (1 + INTERVAL_JITTER * (2 * random() - 1))), signal)
  }

  #leftMs(at: number): number | null {
    const { clock, startedAt, plan, intervalMs } = this.#parts
    if (at === 0) return plan.units.length * intervalMs
    return ((clock.now() - startedAt) / at) * (plan.units.length - at)
  }
}

function isTakenOver(error: unknown, name: string): boolean {
  return error instanceof PlatformError && error.code === 'SOURCE_FAILED' && error.fields.source === name
}

function takenOver(cause: unknown): PlatformError {
  const message =
    'another backfill has taken over, so this one stops; what it had published stays, and is not asked again'
  return new PlatformError('SOURCE_FAILED', message, { cause })
}
