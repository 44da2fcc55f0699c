// The limits of the embedded log: every batch, wait and interval has one, and this is where they stand.

/** A record, key and headers included, may have this many bytes. */
export const RECORD_BYTES_MAX = 8 * 1024 * 1024

/** A stored batch (one row) holds at most this many records, and bytes unless one record alone is larger. */
export const STORED_BATCH_RECORDS_MAX = 4_000
export const STORED_BATCH_BYTES_MAX = 1024 * 1024

/** A batch handed to a processor ends with the stored batch in which it reaches one of these. */
export const HANDED_BATCH_RECORDS_MAX = 4_000
export const HANDED_BATCH_BYTES_MAX = 4 * 1024 * 1024

/** One publish transaction; larger arrays are split, and the event loop gets its turn between. */
export const PUBLISH_RECORDS_MAX = 20_000
export const PUBLISH_BYTES_MAX = 8 * 1024 * 1024

/** Commits that share one durable transaction. Those of one turn beyond it get another. */
export const GROUPED_COMMITS_MAX = 64

/** How often the file is asked whether another process has changed it. */
export const POLL_INTERVAL_MS = 50

/** A member that was not seen for this long is taken for dead, and others get its partitions. */
export const MEMBER_TIMEOUT_MS = 10_000

/** Heartbeats in one MEMBER_TIMEOUT_MS. */
export const HEARTBEATS_PER_TIMEOUT = 4

/** How long to wait for another process that is writing, before giving up, and after how long to ask anew. */
export const BUSY_TIMEOUT_MS = 5_000
export const BUSY_SLICE_MS = 2

/** A heartbeat waits this long: nothing else happens in the process meanwhile, and the next one asks again. */
export const HEARTBEAT_BUSY_TIMEOUT_MS = 100

/** How often to try to open a file that other processes are opening at the same moment. */
export const OPEN_ATTEMPTS_MAX = 250
export const OPEN_RETRY_MS = 20

/** The wait before a partition is opened again that made no progress since the last time. */
export const REOPEN_DELAY_MS = 100

/** Of a new file: large blobs take fewer writes. A file keeps the size that it was made with; it was 4 KiB. */
export const PAGE_BYTES = 16 * 1024

/** The write-ahead log is written back into the file when it has so many pages: each time costs syncs. */
export const CHECKPOINT_PAGES = 1_024

/** The write-ahead log is cut back to this size after a checkpoint. */
export const JOURNAL_BYTES_MAX = 64 * 1024 * 1024
