// The limits of packages/delta, each with its reason. docs/delta.md says what rests on them.

import type { RetryPolicy } from '#runtime/retry'
import { DAY_MS, MINUTE_MS } from '#runtime/units'

/** Log entries that are fetched at the same time. */
export const LOG_FETCHES_MAX = 16

/** Entries that a listing may have missed (a folder read while others write to it) before the log counts as broken. */
export const LISTING_GAPS_MAX = 64

/** A commit is given up, unresolved or exhausted, after this long. */
export const COMMIT_TIME_MAX_MS = 2 * MINUTE_MS

/** How often one version is put again, with identical bytes, while it is unknown whether it was written. */
export const PUT_RETRY_POLICY: RetryPolicy = { attemptsMax: 12, delayMinMs: 50, delayMaxMs: 10_000 }

/** How often a commit is attempted, each time at the next version. The waits only spread the writers. */
export const COMMIT_ATTEMPT_POLICY: RetryPolicy = { attemptsMax: 1_000, delayMinMs: 2, delayMaxMs: 100 }

/**
 * Beyond this age of its newest commit a snapshot is brought up to date before it is committed upon: log cleanup may
 * have freed the number of the next version, and a commit there would stand behind a checkpoint, lost.
 */
export const SNAPSHOT_AGE_MAX_MS = 5 * MINUTE_MS

/** Leaf columns that get statistics, as in Spark (delta.dataSkippingNumIndexedCols). */
export const STATISTICS_COLUMNS_MAX = 32

/** Code points that are kept of a string in statistics, as in Spark. */
export const STATISTICS_STRING_LENGTH_MAX = 32

/** On disk: what compaction makes of many small files by default. */
export const COMPACT_TARGET_BYTES_DEFAULT = 64 * 1024 * 1024

/** Files below this share of the target are small; what compaction makes is mostly above it and then left alone. */
export const SMALL_FILE_SHARE = 0.5

/** Files that are merged into one at most: each is a footer in memory, and a remove in the commit. */
export const COMPACT_FILES_MAX = 1_000

/** Vacuum leaves what is younger than this, unless it is forced: readers and time travel may need it. As in Spark. */
export const VACUUM_RETENTION_MIN_MS = 7 * DAY_MS

/** Objects that vacuum deletes at the same time. */
export const VACUUM_DELETES_MAX = 16

/** Commits between two checkpoints of a table that does not say: some seconds of reconciliation at most. */
export const CHECKPOINT_INTERVAL_DEFAULT = 100

/** Actions that are encoded into a checkpoint at a stretch; then others get their turn. */
export const CHECKPOINT_ROW_GROUP_SIZE = 2_000

/** A removed file stays known for as long as a reader may still use it, as in Spark (deletedFileRetentionDuration). */
export const TOMBSTONE_RETENTION_DEFAULT_MS = 7 * DAY_MS

/** Log entries are kept for this long, as in Spark (logRetentionDuration). */
export const LOG_RETENTION_DEFAULT_MS = 30 * DAY_MS

/**
 * Whatever a table says, its log is kept for this long: a stalled writer must have been woken and have looked again
 * (SNAPSHOT_AGE_MAX_MS, COMMIT_TIME_MAX_MS) before the number of the version that it is about to write becomes free.
 */
export const LOG_RETENTION_MIN_MS = DAY_MS

/** How often new columns are tried again after others changed the table's metaData. */
export const EVOLUTIONS_MAX = 20
