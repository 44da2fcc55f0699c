// What a backfill did, and how it ended. An end that is not the whole is no exception: what was done is durable, and
// the next call goes on.

import { HISTORY_DAY_STATES, type HistoryDayState } from '#market/history/history_day'
import type { UnitHistory } from '#services/backfill/chart/history_of'
import type { Plan } from '#services/backfill/plan'

/** How it ended. */
export type BackfillEnd =
  | { readonly kind: 'done' }
  /** It was told to stop. */
  | { readonly kind: 'stopped' }
  /** Its limit of requests or of time was reached. */
  | { readonly kind: 'limit' }
  /** The source does not answer, or wants to be left alone for so long. */
  | { readonly kind: 'refused'; readonly detail: string; readonly retryAfterMs: number | null }

/** A request that brought nothing. */
export interface FailedRequest {
  /** Such as `AAPL 1m 2026-11-23 to 2026-11-27`. */
  readonly request: string
  readonly detail: string
}

/** What was planned, and what was done of it. */
export interface BackfillSummary {
  /** Trading days of all symbols that were to be fetched. */
  readonly planned: number
  /** That were done before. */
  readonly doneBefore: number
  /** That the source no longer has, some of them perhaps only since they were planned. */
  readonly beyondReach: number
  readonly requests: number
  /** Requests that are still to be made. */
  readonly left: number
  readonly bars: number
  readonly days: Readonly<Record<HistoryDayState, number>>
  readonly corporateActions: number
  readonly failed: readonly FailedRequest[]
  readonly durationMs: number
  readonly end: BackfillEnd
}

/** Counts while it goes on. */
export class BackfillCounts {
  readonly #plan: Plan
  readonly #days = Object.fromEntries(HISTORY_DAY_STATES.map((state) => [state, 0])) as Record<HistoryDayState, number>
  readonly #failed: FailedRequest[] = []
  #requests = 0
  #bars = 0
  #actions = 0
  #leftReach = 0

  constructor(plan: Plan) {
    this.#plan = plan
  }

  get requests(): number {
    return this.#requests
  }

  get bars(): number {
    return this.#bars
  }

  /** A request that was answered, and whose records are durable. */
  landed({ bars, days, actions }: UnitHistory): void {
    this.#requests++
    this.#bars += bars.length
    this.#actions += actions.length
    for (const { state } of days) this.#days[state]++
  }

  /** Days that the source had when they were planned, and has no longer. */
  leftReach(days: number): void {
    this.#leftReach += days
  }

  failed(request: FailedRequest): void {
    this.#requests++
    this.#failed.push(request)
  }

  /** What it came to. */
  summary(
    end: BackfillEnd,
    { left, durationMs }: { readonly left: number; readonly durationMs: number },
  ): BackfillSummary {
    const { days: planned, done: doneBefore, beyondReach } = this.#plan
    return {
      ...{
        planned,
        doneBefore,
        beyondReach: beyondReach + this.#leftReach,
        requests: this.#requests,
        left,
        bars: this.#bars,
        days: { ...this.#days },
      },
      ...{ corporateActions: this.#actions, failed: [...this.#failed], durationMs, end },
    }
  }
}
