// Every limit of the writer that is not a setting.

import type { RetryPolicy } from '#runtime/retry'
import { MINUTE_MS } from '#runtime/units'

/** Memory for long texts that a column keeps from flush to flush. */
export const HEAP_BYTES_KEPT = 4 * 1024 * 1024

/** Rows that a column keeps memory for from flush to flush: those of the default FLUSH_ROWS. */
export const COLUMN_ROWS_KEPT = 131_072

/** Threads of the database that merges. The one it runs on is not ours, so decoding goes on meanwhile. */
export const DUCKDB_THREADS = 1

/** Dates in one buffer: each becomes a file, and all of them stand in one commit. */
export const DATES_PER_BUFFER_MAX = 400

/** What a staged row takes in its columns, at most; its value counts besides, since its long texts may be all of it. */
export const ROW_BYTES_OVERHEAD = 256

/** What the first rows of a new table of history wait, if FLUSH_INTERVAL_MS is longer. */
export const FIRST_HISTORY_WAIT_MS = 1_000

/** How long progress without a row (all values refused, say) may stay uncommitted. */
export const PROGRESS_INTERVAL_MS = 30_000

/** Positions of unreadable records that a commit names; the count is always whole. */
export const UNREADABLE_POSITIONS_MAX = 100

/** Attempts to put a data file before the writer gives up. */
export const UPLOAD_RETRY: RetryPolicy = { attemptsMax: 5, delayMinMs: 100, delayMaxMs: 5000 }

/** Data files of one flush that are uploaded at the same time. */
export const UPLOADS_MAX = 4

/** Memory of the database that merges files; beyond it, it spills. */
export const MERGE_MEMORY_BYTES = 128 * 1024 * 1024

/** Files of one merge that are fetched at the same time. */
export const MERGE_FETCHES_MAX = 4

/** How often the writer looks for small files, on average; writers of one lake spread around it. */
export const MAINTENANCE_INTERVAL_MS = MINUTE_MS

/** Merges of one table before the next table has its turn. */
export const MERGES_PER_TURN_MAX = 4
