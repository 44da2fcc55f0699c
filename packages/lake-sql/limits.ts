// Every limit of a query, with its name: what it may take, hold and send. A query that passes one ends with SQL_LIMIT;
// the process that asked goes on.

import { MINUTE_MS } from '#runtime/units'

/** What one query may take. */
export interface SqlLimits {
  /** How long the engine may work; waiting for downloads and for a slow reader of the result does not count. */
  readonly timeoutMs: number
  /** DuckDB's own limit; beyond it, operators that can go to temporary files. */
  readonly memoryBytes: number
  /** Characters of one row, where whoever asked must not hold more; unset: those that its values may have. */
  readonly rowCharsMax?: number
}

/** The limits unless settings say otherwise. */
export const SQL_LIMITS_DEFAULT: SqlLimits = { timeoutMs: MINUTE_MS, memoryBytes: 512 * 1024 * 1024 }

/** What the child may hold beyond DuckDB's limit: Node, the library, and strings that DuckDB does not count. */
export const SQL_OVERHEAD_BYTES_MAX = 384 * 1024 * 1024

/** How often the child looks at its own memory. */
export const SQL_MEMORY_CHECK_MS = 20

/** The JavaScript heap of the child. */
export const SQL_HEAP_MB_MAX = 256

/** Temporary files of one query. */
export const SQL_TEMP_BYTES_MAX = 2 * 1024 * 1024 * 1024

/** Threads of one query; never more than the machine has. */
export const SQL_THREADS_MAX = 4

/** Text of a query, all statements together. */
export const SQL_TEXT_CHARS_MAX = 1024 * 1024

/** Statements in one text. */
export const SQL_STATEMENTS_MAX = 1000

/** JSON of a statement's plan, in bytes; of a longer one no file is left out. */
export const SQL_PLAN_BYTES_MAX = 8 * 1024 * 1024

/** Statements of a text that are planned before they run; for the others no file is left out. */
export const SQL_PLANNED_STATEMENTS_MAX = 100

/** Characters of one value in a result. */
export const SQL_VALUE_CHARS_MAX = 16 * 1024 * 1024

/** Characters of rows that travel from the child in one message; one row at least. */
export const SQL_BATCH_CHARS = 256 * 1024

/** What is kept of the child's stderr, to explain a crash. */
export const SQL_STDERR_CHARS_MAX = 4096

/**
 * Deletion vectors of the files that one query reads, as they stand in the table: 32 MB delete up to 250 million rows.
 */
export const SQL_DELETION_BYTES_MAX = 32 * 1024 * 1024

/** Local copies of data files, all lakes together; the longest unused go first. */
export const SQL_CACHE_BYTES_MAX = 10 * 1024 * 1024 * 1024

/** A copy that was used within this time is not removed: a running query may need it. */
export const SQL_CACHE_GRACE_MS = 15 * MINUTE_MS

/** Downloads at a time. */
export const SQL_DOWNLOADS_MAX = 8

/** DuckDB's own limit in a reader, which runs our statements one after the other; beyond it, temporary files. */
export const READER_MEMORY_BYTES = 192 * 1024 * 1024

/** What a reader's child may hold beyond that: Node and the library. */
export const READER_OVERHEAD_BYTES_MAX = 256 * 1024 * 1024

/** The JavaScript heap of that child. */
export const READER_HEAP_MB_MAX = 128

/** How often it looks at its own memory. */
export const READER_MEMORY_CHECK_MS = 100

/** A file below this is a small one, of which a reader keeps the rows. */
export const READER_SMALL_FILE_BYTES = 512 * 1024

/** Small files of one read, all together; of more, the rows are read from the files each time. */
export const READER_SMALL_BYTES_MAX = 16 * 1024 * 1024

/** Kept rows of a table after which the older half goes. */
export const READER_KEPT_ROWS_MAX = 100_000

/** Threads of a read; never more than the machine has. */
export const READER_THREADS_MAX = 2

/** How long a read may take before it is broken off. */
export const READ_TIMEOUT_MS = 20_000

/** A child that nobody asked for this long is ended: it holds up to 200 MB, and the next read has another. */
export const READER_IDLE_MS = 5 * MINUTE_MS

/** How long a child may take to break a read off; then it is ended, and the next read begins a new one. */
export const READ_CANCEL_MS = 1_000

/** How often a child tells DuckDB to break a read off, until it does. */
export const READ_INTERRUPT_MS = 10
