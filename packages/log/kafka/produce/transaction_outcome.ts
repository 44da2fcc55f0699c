// What became of a transaction that failed. When the answer to its commit is lost, nobody can tell: the transaction is
// there or not. So the partition is given up, fenced and opened again (../partition/redo.ts), and the offset that is
// committed by then tells which it was.

import type { TransactionCounts } from '#log/event_log'
import { isFenced } from '../kafkajs/errors.ts'

/** An outcome that TransactionCounts counts. */
export type FailedOutcome = keyof Pick<TransactionCounts, 'aborted' | 'fenced' | 'unknown'>

/** The outcome of a commit that threw; `mayHaveCommitted` when Kafka had been asked to commit, or might still be. */
export function failedOutcome(error: unknown, { mayHaveCommitted }: { mayHaveCommitted: boolean }): FailedOutcome {
  if (isFenced(error)) return 'fenced'
  return mayHaveCommitted ? 'unknown' : 'aborted'
}
