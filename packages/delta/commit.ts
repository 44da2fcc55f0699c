// Appends to a table: files and txn actions in one commit, a compare-and-swap on the txn actions. After other writers'
// commits it is attempted again on top of them. Invariant: an append is committed once or not at all, and the outcome
// says which. Source: docs/delta.md, Exactly once.

import { bytesIn, rowsIn } from '#delta/data_file/statistics'
import type { CommitInfo, Txn } from '#delta/log/actions'
import { type AttemptFacts, attemptCommit, type CommitAttempt } from '#delta/log/commit_attempt'
import { commitInfo } from '#delta/log/commit_info'
import { type AppendClaims, type AppendConflict, appendConflict } from '#delta/log/conflict'
import type { CommitContext } from '#delta/log/put_entry'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'

export { ENGINE_INFO } from '#delta/log/commit_info'
export type { TxnAdvance } from '#delta/log/conflict'
export type { CommitContext } from '#delta/log/put_entry'

/** What to append. The files are written already; their names are unique and they are never overwritten. */
export interface Append extends AppendClaims {
  /** As commitInfo names it, e.g. `STREAMING UPDATE`. */
  readonly operation: string
  readonly operationParameters?: Readonly<Record<string, string>>
}

/** How an append ended. Only `committed` put anything into the table. */
export type AppendOutcome =
  | { readonly kind: 'committed'; readonly snapshot: Snapshot }
  /** Another writer moved these applications on: drop the batch and begin again from what the table says. */
  | { readonly kind: 'fenced'; readonly appIds: readonly string[]; readonly snapshot: Snapshot }
  /** The table changed so that the files do not fit any more, or others were faster too often. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly snapshot: Snapshot }

/**
 * Commits the append on top of the snapshot, or of what came after it. Throws TABLE_UNSUPPORTED when the table asks
 * more of its writers than we know, COMMIT_UNRESOLVED when it cannot be found out whether it was committed, and STORE_
 * errors.
 */
export async function commitAppend(
  store: ObjectStore,
  snapshot: Snapshot,
  append: Append,
  context: CommitContext,
): Promise<AppendOutcome> {
  requireSound(snapshot, append)
  const outcome = await attemptCommit(store, snapshot, attemptOf(snapshot, append), context)
  if (outcome.kind === 'committed') return outcome
  if (outcome.kind === 'conflict') return { ...outcome.conflict, snapshot: outcome.snapshot }
  return { kind: 'conflict', reason: outcome.reason, snapshot: outcome.snapshot }
}

function attemptOf(snapshot: Snapshot, append: Append): CommitAttempt<AppendConflict> {
  return {
    conflictWith: (newer) => appendConflict(snapshot, newer, append),
    actionsAt: ({ now }) => ({
      adds: append.files,
      removes: [],
      txns: append.txns.map(({ appId, to }): Txn => ({ appId, version: to, lastUpdated: now })),
    }),
    infoAt: (facts) => infoOf(append, facts),
  }
}

function infoOf(append: Append, facts: AttemptFacts): CommitInfo {
  const rows = rowsIn(append.files)
  return commitInfo(facts, {
    operation: append.operation,
    operationParameters: append.operationParameters ?? {},
    readVersion: facts.base.version,
    isolationLevel: 'Serializable',
    isBlindAppend: true,
    operationMetrics: {
      numFiles: String(append.files.length),
      ...(rows === null ? {} : { numOutputRows: String(rows) }),
      numOutputBytes: String(bytesIn(append.files)),
    },
  })
}

/** What only a bug can get wrong. */
function requireSound(snapshot: Snapshot, { files, txns }: Append): void {
  if (files.length + txns.length === 0) throw new Error('an append needs files or txns')
  if (new Set(txns.map((txn) => txn.appId)).size < txns.length) throw new Error('an append names an appId twice')
  if (new Set(files.map((file) => file.path)).size < files.length) throw new Error('an append names a file twice')
  for (const { appId, from, to } of txns) {
    if (from !== null && to < from) throw new Error(`${appId} must not go back from ${from} to ${to}`)
  }
  const columns = [...snapshot.metadata.partitionColumns].sort().join()
  for (const file of files) {
    if (!file.dataChange) throw new Error(`${file.path}: an append changes data`)
    if (Object.keys(file.partitionValues).sort().join() !== columns) {
      throw new Error(`${file.path} must have values for the partition columns ${columns}`)
    }
  }
}
