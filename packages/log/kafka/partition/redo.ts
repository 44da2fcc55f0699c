// The failure that is undone and done again: Kafka did not say how a transaction ended, which is told in
// ../produce/transaction_outcome.ts, or could not be asked just now.

import type { PlatformError } from '#runtime/errors'

/** What was tried with a partition failed in a way that may pass: close it, and open it from what is committed. */
export class RedoPartition extends Error {
  override readonly name = 'RedoPartition'
  override readonly cause: PlatformError
  /** Another producer with the partition's transactional id has been opened. */
  readonly fenced: boolean

  constructor(cause: PlatformError, fenced: boolean) {
    super(cause.message)
    this.cause = cause
    this.fenced = fenced
  }
}

/** A failure as one to redo, or itself when trying again cannot help. */
export function redoOf(error: PlatformError, fenced = false): RedoPartition | PlatformError {
  const hopeless = HOPELESS.some((code) => code === error.code)
  return fenced || !hopeless ? new RedoPartition(error, fenced) : error
}

const HOPELESS = ['LOG_TOPIC_MISSING', 'LOG_RECORD_TOO_LARGE', 'LOG_AUTH_FAILED', 'LOG_GAP']
