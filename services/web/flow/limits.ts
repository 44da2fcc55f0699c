// The limits of the flow's state, each with its reason. docs/web.md says what rests on them.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#runtime/units'

/** The state is made at most this often, however many ask. */
export const FLOW_INTERVAL_MS = 2 * SECOND_MS

/** The log and each table must answer within this time; what does not is said, and the rest goes on without it. */
export const ANSWER_MS_MAX = 5 * SECOND_MS

/** Rates are of this much time, so that they neither jump nor crawl. */
export const RATE_WINDOW_MS = 12 * SECOND_MS

/** Remembered ends of each partition: ten minutes. The wait of a record that came before them is read from the log. */
export const SAMPLES_MAX = 300

/** Two ends that are further apart in time do not tell when a record between them came. */
export const SAMPLE_GAP_MS_MAX = 5 * SECOND_MS

/** A record that seems to wait for longer is looked up: it may be a mark that the log keeps for itself. */
export const UNCHECKED_WAIT_MS_MAX = 10 * SECOND_MS

/** Reading the first waiting records: at most this often, */
export const LOOK_INTERVAL_MS = 10 * SECOND_MS
/** for so long, */
export const LOOK_MS_MAX = 10 * SECOND_MS
/** in so many partitions, */
export const LOOK_PARTITIONS_MAX = 64
/** and in so many places of each: marks of a log stand there too. */
export const LOOK_RECORDS_MAX = 100

/** Files of a table whose statistics are read at a stretch; then others get their turn. */
export const FILES_AT_A_STRETCH = 500

/** Quotes are fresh up to this age: the slowest polling of a busy market is well below. */
export const FRESH_AGE_MS_MAX = 30 * SECOND_MS

/** Delayed up to this age in open hours, as exchanges delay free quotes by 15 or 20 minutes; beyond it, stale. */
export const DELAYED_AGE_MS_MAX = 21 * MINUTE_MS

/**
 * A market whose hours nobody knows is closed over a long weekend at most; quotes that say so and are older are stale
 * all the same.
 */
export const CLOSED_AGE_MS_MAX = 4 * DAY_MS

/** Open time that data may miss when its market has closed: a symbol may not trade in the day's last hours. */
export const CLOSED_MISSED_MS_MAX = 2 * HOUR_MS

/** Open time is not counted further back: more than one regular session lies within it whatever the holidays. */
export const OPEN_TIME_BACK_MS_MAX = 14 * DAY_MS

/** What a table may be behind its topic and still be fresh: the writer gathers rows before it commits. */
export const TABLE_ALLOWANCE_MS = 30 * SECOND_MS

/** Characters that are shown of a dead letter's value. */
export const VALUE_CHARS_MAX = 400
