// The limits of what is kept of the topics.

import type { RetryPolicy } from '#runtime/retry'
import { DAY_MS } from '#runtime/units'

/** Symbols that are shown; quotes of further ones are counted, not shown. About 700 bytes each, once it is there. */
export const SYMBOLS_MAX = 20_000

/** Bars that are kept, about 400 bytes each: an hour of 1,000 symbols, should the writer be away for so long. */
export const BARS_KEPT_MAX = 60_000

/** Alerts that are kept, about 400 bytes each. */
export const ALERTS_KEPT_MAX = 5_000

/** Quotes of a partition that are read again at the start: the bars that form, and the rates, come of them. */
export const QUOTES_BACKLOG = 10_000

/** Bars and alerts of a partition that are read again at the start, for pages that have not seen them. */
export const RESUME_BACKLOG = 2_000

/** How far behind its topic's end a table may be for the reading to begin where the table stands, in a partition. */
export const BACKLOG_MAX = 100_000

/** Records that are worked on before others get their turn. */
export const SLICE_RECORDS = 2_000

/** A market last heard this much before another one is followed no more: hardly any rests so long by itself. */
export const FOLLOWED_MS_MAX = 7 * DAY_MS

/** Symbols of markets that open or close which are told of it in one tick; with many, the others come after. */
export const MOVED_AT_ONCE_MAX = 1_000

/** Points of a symbol's line of today. */
export const LINE_POINTS_MAX = 60

/** How often a log is tried that does not answer: for about ten minutes, each attempt taking as long as it does. */
export const TAIL_RETRY: RetryPolicy = { attemptsMax: 30, delayMinMs: 500, delayMaxMs: 30_000 }

/** How often the tables are asked for what the live part begins with, when they do not answer. */
export const SEEDS_RETRY: RetryPolicy = { attemptsMax: 20, delayMinMs: 1_000, delayMaxMs: 60_000 }

/** The reading of the topics waits this long for the tables: then it begins without them, and takes them in later. */
export const SEEDS_WAIT_MS = 10_000
