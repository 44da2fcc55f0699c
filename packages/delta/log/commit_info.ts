// The commitInfo of our own commits. It carries the commit's own id: when the answer to a PUT was lost, the id tells
// whether the entry in the log is ours. Source: PROTOCOL.md, Commit Provenance Information.

import type { CommitInfo } from '#delta/log/actions'
import { hasInCommitTimestamps, type TimestampRules } from '#delta/log/in_commit_timestamps'
import type { EpochMs, TableVersion } from '#runtime/units'

/** The engineInfo of our commits. */
export const ENGINE_INFO = 'tickerlake/0.2.0'

/** What each kind of commit says of itself. */
export interface CommitWork {
  readonly operation: string
  readonly operationParameters: Readonly<Record<string, string>>
  /** Absent for the commit that creates the table. */
  readonly readVersion?: TableVersion
  readonly isolationLevel: 'Serializable' | 'SnapshotIsolation'
  readonly isBlindAppend: boolean
  readonly operationMetrics: Readonly<Record<string, string>>
}

/** The commitInfo of a commit with this id, at this time. */
export function commitInfo(
  { now, txnId }: { readonly now: EpochMs; readonly txnId: string },
  work: CommitWork,
): CommitInfo {
  return { timestamp: now, ...work, engineInfo: ENGINE_INFO, txnId }
}

/** A commitInfo, and the time of its version as the log then has it. */
export interface TimedInfo {
  readonly info: CommitInfo
  readonly timestamp: EpochMs
  readonly inCommitTimestamp?: EpochMs
}

/**
 * The commitInfo as the table wants it once the commit is in: with an in-commit timestamp, or without. Source:
 * PROTOCOL.md, Writer Requirements for In-Commit Timestamps.
 */
export function timed(
  info: CommitInfo,
  { now, timestamp }: { readonly now: EpochMs; readonly timestamp: EpochMs },
  table: TimestampRules,
): TimedInfo {
  if (!hasInCommitTimestamps(table)) return { info, timestamp: now }
  return { info: { inCommitTimestamp: timestamp, ...info }, timestamp, inCommitTimestamp: timestamp }
}
