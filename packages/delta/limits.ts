// The limits of packages/delta, each with its reason. Source: delta.md sections 1 and 3.

import type { RetryPolicy } from '#runtime/retry'

/** Log entries that are fetched at the same time. */
export const LOG_FETCHES_MAX = 16

/** Entries that a listing may have missed (a folder read while others write to it) before the log counts as broken. */
export const LISTING_GAPS_MAX = 64

/** A commit is given up, unresolved or outrun, after this long. */
export const COMMIT_TIME_MAX_MS = 120_000

/** How often one version is written again, with identical bytes, while it is unknown whether it landed. */
export const LANDING_POLICY: RetryPolicy = { attemptsMax: 12, delayMinMs: 50, delayMaxMs: 10_000 }

/** How often a commit moves to the next version after others took its own. The waits only spread the contenders. */
export const RACE_POLICY: RetryPolicy = { attemptsMax: 1_000, delayMinMs: 2, delayMaxMs: 100 }

/**
 * Beyond this age of its newest commit a snapshot is brought up to date before it is committed upon: log cleanup may
 * have freed the number of the next version, and a commit there would stand behind a checkpoint, lost.
 */
export const SNAPSHOT_AGE_MAX_MS = 300_000

/** Leaf columns that get statistics, as in Spark (delta.dataSkippingNumIndexedCols). */
export const STATISTICS_COLUMNS_MAX = 32

/** Code points that are kept of a string in statistics, as in Spark. */
export const STATISTICS_STRING_LENGTH_MAX = 32
