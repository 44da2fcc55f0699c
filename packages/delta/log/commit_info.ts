// The commitInfo of our own commits. It carries the commit's own id: when the answer to a PUT was lost, the id tells
// whether the entry in the log is ours. Source: PROTOCOL.md, Commit Provenance Information.

import type { CommitInfo } from '#delta/log/actions'
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
