// Carries out what processors want committed. This is where the embedded log fences: the lease is checked in the
// transaction that writes, so a zombie, a member whose partition was taken over, commits nothing.

import type { Changes } from '#log/embedded/changes'
import type { LogDatabase } from '#log/embedded/sqlite/database'
import type { GroupStore, Lease } from '#log/embedded/sqlite/group_store'
import type { NewEnds, RecordStore } from '#log/embedded/sqlite/record_store'
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

/** Outputs, offset and metadata to be written under a lease. */
export interface LeasedCommit {
  readonly lease: Lease
  readonly commit: RecordsCommit
}

/** Writes all as one, but for those whose lease is gone. For each of them what it has added to, or null. */
export function commitTogether(parts: CommitParts, commits: readonly LeasedCommit[]): (NewEnds | null)[] {
  const { database, groups, records } = parts
  const write = ({ lease, commit }: LeasedCommit) =>
    groups.commit(lease, commit) ? records.append(commit.outputs) : null
  return database.transaction(() => commits.map(write))
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
