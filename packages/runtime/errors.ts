// Operational failures: what a user can meet and act upon. A bug is not one of these; it throws a plain Error.
// ERROR_CODES is the closed list; a test counts it against docs/operations.md.

/** Every code a user can meet, with what it means. docs/operations.md lists the same. */
export const ERROR_CODES = {
  USAGE: 'the command line is not understood',
  CONFIG_INVALID: 'one or more settings are wrong; all are listed',
  LOG_UNREACHABLE: 'no Kafka broker answers',
  LOG_AUTH_FAILED: 'Kafka refuses the credentials',
  LOG_TOPIC_MISSING: 'a topic does not exist; run `tickerlake init`',
  LOG_IN_USE: 'another process feeds the embedded log already',
  LOG_RECORD_TOO_LARGE: 'a record is larger than the log takes',
  LOG_GAP: 'records that were not yet processed are gone from the log',
  LOG_STALLED: 'the log stopped answering fetches',
  LOG_FAILED: 'the log failed in another way; the message says how',
  STORE_UNREACHABLE: 'the object store does not answer',
  STORE_AUTH_FAILED: 'the object store refuses the credentials',
  STORE_BUCKET_MISSING: 'the bucket or container does not exist; run `tickerlake init`',
  STORE_NO_CONDITIONAL_PUT: 'the object store ignores If-None-Match, so commits would not be safe',
  STORE_FULL: 'no space is left where the data should go',
  STORE_FAILED: 'the object store failed in another way; the message says how',
  TABLE_NOT_FOUND: 'there is no Delta table at that place',
  TABLE_CORRUPT: 'the Delta log breaks the protocol',
  TABLE_UNSUPPORTED: 'the table uses a Delta feature that tickerlake does not know',
  TABLE_CONFLICT: 'another writer changed the table in a way that cannot be reconciled',
  TARGET_IN_USE: 'another process copies to that target',
  COMMIT_UNRESOLVED: 'it is unknown whether a commit was written; a restart finds out',
  SOURCE_FAILED: 'the quote source cannot go on',
  SQL_FAILED: 'the query is wrong or failed',
  SQL_LIMIT: 'the query ran into its time or memory limit',
  STOPPED: 'the command was stopped before its end; the message says what was done',
  REPLAY_DIFFERS: 'a replay gives something else than what was emitted; the differences are listed',
  VERIFY_FAILED: 'the tables do not hold what they promise; the findings are listed',
} as const

/** A code out of the closed list. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Facts about a failure, for the log line: names and values, never secrets. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** An operational failure: says what happened, to what, and what to do next. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: ErrorCode
  /** True when the same call may succeed later without anybody's help. */
  readonly retryable: boolean
  readonly fields: ErrorFields

  constructor(code: ErrorCode, message: string, options: PlatformErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.fields = options.fields ?? {}
  }
}

/** The optional parts of a PlatformError. */
export interface PlatformErrorOptions {
  readonly retryable?: boolean
  readonly fields?: ErrorFields
  readonly cause?: unknown
}

/** Exit codes of the command line. */
export const EXIT = { done: 0, failed: 1, usage: 2, config: 78 } as const

/** The exit code that a failure ends a command with. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof PlatformError)) return EXIT.failed
  if (error.code === 'USAGE') return EXIT.usage
  return error.code === 'CONFIG_INVALID' ? EXIT.config : EXIT.failed
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\s*\n\s*/g, ' ')
}
