// Carries out what processors want committed. This is where the embedded log fences: the lease is checked in the
// transaction that writes, so a zombie, a member whose partition was taken over, commits nothing.

import type { Changes } from '#log/embedded/changes'
import type { LogDatabase } from '#log/embedded/sqlite/database'
import type { GroupStore, Lease } from '#log/embedded/sqlite/group_store'
import type { RecordStore } from '#log/embedded/sqlite/record_store'
import type { PartitionCommit, TransactionCounts } from '#log/event_log'
import type { RecordsCommit } from '#log/source_position'

/** The stores that a commit touches. */
export interface CommitParts {
  readonly database: LogDatabase
  readonly records: RecordStore
  readonly groups: GroupStore
  readonly changes: Changes
  readonly transactions: TransactionCounts
}

/** Writes outputs, offset and metadata as one. False, with nothing written, when the lease is gone. */
export function commitTransaction(parts: CommitParts, lease: Lease, commit: RecordsCommit): boolean {
  const { database, groups, records, changes, transactions } = parts
  transactions.begun++
  let outcome: 'committed' | 'fenced' | 'aborted' = 'aborted'
  try {
    const ends = database.transaction(() => (groups.commit(lease, commit) ? records.append(commit.outputs) : null))
    outcome = ends === null ? 'fenced' : 'committed'
    if (ends !== null) changes.appended(ends)
    return ends !== null
  } finally {
    transactions[outcome]++
  }
}

/** An offset to be written under a lease. */
export interface HeldCommit {
  readonly lease: Lease
  readonly commit: PartitionCommit
}

/** Writes the offsets whose lease still holds, as one; returns the others. */
export function commitOffsets<T extends HeldCommit>({ database, groups }: CommitParts, held: readonly T[]): T[] {
  if (held.some(({ commit }) => commit.outputs.length > 0)) {
    throw new Error('outputs are carried out in the commit mode `transaction` only')
  }
  if (held.length === 0) return []
  return database.transaction(() => held.filter(({ lease, commit }) => !groups.commit(lease, commit)))
}
