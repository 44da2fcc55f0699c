// The upgrade of a table to in-commit timestamps: one commit of protocol and metaData. Readers need nothing new, and
// writers must know the feature from then on. Appends that meet it go on behind it; a compaction gives up once.
// Source: PROTOCOL.md, In-Commit Timestamps; docs/delta.md, When a version was committed.

import type { CommitInfo } from '#delta/log/actions'
import { type AttemptFacts, attemptCommit, type CommitActions, type CommitAttempt } from '#delta/log/commit_attempt'
import { commitInfo } from '#delta/log/commit_info'
import {
  hasInCommitTimestamps,
  IN_COMMIT_TIMESTAMP_FEATURE,
  inCommitTimestampProperties,
} from '#delta/log/in_commit_timestamps'
import type { CommitContext } from '#delta/log/put_entry'
import { withWriterFeature } from '#delta/protocol'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'

export { hasInCommitTimestamps, inCommitTimestampsSince } from '#delta/log/in_commit_timestamps'

/** How an upgrade ended. `already`: the table has them, and nothing was committed. */
export type UpgradeOutcome =
  | { readonly kind: 'upgraded' | 'already'; readonly snapshot: Snapshot }
  /** Other writers were faster too often. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly snapshot: Snapshot }

/**
 * Turns in-commit timestamps on. Safe beside writers, and as often as one likes. Throws TABLE_UNSUPPORTED when we may
 * not write the table, COMMIT_UNRESOLVED and STORE_ errors.
 */
export async function enableInCommitTimestamps(
  store: ObjectStore,
  snapshot: Snapshot,
  context: CommitContext,
): Promise<UpgradeOutcome> {
  const attempt: CommitAttempt<'already'> = {
    conflictWith: (newer) => (hasInCommitTimestamps(newer.snapshot) ? 'already' : undefined),
    actionsAt,
    infoAt,
    afterEntry: true,
  }
  const outcome = await attemptCommit(store, snapshot, attempt, context)
  if (outcome.kind === 'committed') return { kind: 'upgraded', snapshot: outcome.snapshot }
  if (outcome.kind === 'conflict') return { kind: 'already', snapshot: outcome.snapshot }
  return { kind: 'conflict', reason: outcome.reason, snapshot: outcome.snapshot }
}

function actionsAt({ base, timestamp }: AttemptFacts): CommitActions {
  const properties = inCommitTimestampProperties({ version: tableVersion(base.version + 1), timestamp })
  return {
    protocol: withWriterFeature(base.protocol, IN_COMMIT_TIMESTAMP_FEATURE),
    metadata: { ...base.metadata, configuration: { ...base.metadata.configuration, ...properties } },
    adds: [],
    removes: [],
    txns: [],
  }
}

function infoAt(facts: AttemptFacts): CommitInfo {
  return commitInfo(facts, {
    operation: 'SET TBLPROPERTIES',
    operationParameters: { properties: JSON.stringify(inCommitTimestampProperties()) },
    readVersion: facts.base.version,
    isolationLevel: 'Serializable',
    isBlindAppend: false,
    operationMetrics: {},
  })
}
