// Every limit of a backfill, in one place: what is asked at once, how often, and when it gives up.

import type { HistoryGrain } from '#market/history/history_bar'
import type { RetryPolicy } from '#runtime/retry'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'

/** What Yahoo has of a grain. */
export interface GrainLimits {
  readonly lengthMs: number
  /** Windows begin at multiples of it; a row in between is the one that still runs. */
  readonly alignedMs: number
  /** From the first to the last date of one request, both included. */
  readonly datesPerRequest: number
}

/**
 * Bars of a minute: at most seven days a request, and a request reaches WINDOW_PAD_MS beyond its dates. The others are
 * cut so that an answer stays a few thousand rows, which is one transaction. Hours begin with the session, so at any
 * quarter.
 */
export const GRAIN_LIMITS: Readonly<Record<HistoryGrain, GrainLimits>> = {
  '1m': { lengthMs: MINUTE_MS, alignedMs: MINUTE_MS, datesPerRequest: 6 },
  '5m': { lengthMs: 5 * MINUTE_MS, alignedMs: 5 * MINUTE_MS, datesPerRequest: 20 },
  '1h': { lengthMs: HOUR_MS, alignedMs: 15 * MINUTE_MS, datesPerRequest: 200 },
  '1d': { lengthMs: DAY_MS, alignedMs: MINUTE_MS, datesPerRequest: 3_650 },
}

/** More than any request asks for. An answer with more is not read: each row is looked up among the sessions. */
export const ANSWER_ROWS_MAX = 20_000
export const ANSWER_SESSIONS_MAX = 4_000

/** Yahoo refuses a whole request that begins before its reach: stay clear of the edge. */
export const REACH_MARGIN_MS = HOUR_MS

/** A request is for whole UTC days and this much at both ends, which holds the trading days of all zones. */
export const WINDOW_PAD_MS = 4 * HOUR_MS

/** What Yahoo may still change: a bar is final when its window ended so long ago. */
export const FINAL_AFTER_MS = 30 * MINUTE_MS

/** From one request to the next, unless BACKFILL_INTERVAL_MS says otherwise; Yahoo's own servers not more often. */
export const INTERVAL_DEFAULT_MS = 1_500
export const INTERVAL_MIN_MS = 500
/** Each wait is longer or shorter by up to this share. */
export const INTERVAL_JITTER = 0.3

/** After 429, 5xx and network errors, for one request. */
export const ASK_RETRY: RetryPolicy = { attemptsMax: 4, delayMinMs: 5_000, delayMaxMs: MINUTE_MS }
/** A longer Retry-After is not waited for: the backfill ends and says when to go on. */
export const RETRY_AFTER_WAITED_MAX_MS = 2 * MINUTE_MS
/** Requests in a row that bring nothing usable. Beyond, something is wrong with all of them. */
export const FAILED_IN_A_ROW_MAX = 10

/** The days that a start fills: the newest trading day that has begun, and the one before it. */
export const AT_START_DAYS = 2
/** The first requests of a start come closer together, so that a page with some symbols has its history at once. */
export const AT_START_EAGER_REQUESTS = 20
export const AT_START_EAGER_INTERVAL_MS = INTERVAL_MIN_MS
/** A start asks no more often and no longer than this; a later one goes on. */
export const AT_START_REQUESTS_MAX = 5_000
export const AT_START_MAX_MS = 3 * HOUR_MS
/** Dates that are looked through for them: more than any market rests. */
export const AT_START_LOOKBACK_DATES = 14
/** From the end of a start's first pass to its second: by then all that the first one fetched is final. */
export const AT_START_AGAIN_AFTER_MS = FINAL_AFTER_MS + 5 * MINUTE_MS
/** Failed requests that a start names, one line each. */
export const AT_START_FAILURES_NAMED_MAX = 5
/** How long a start waits for its first quotes before it fills days without them. */
export const AT_START_WAIT_MAX_MS = 30_000
export const AT_START_LOOK_MS = 250

/** The earliest date that may be asked for: Yahoo's oldest bars are of 1962. */
export const DATE_MIN = '1960-01-01'
