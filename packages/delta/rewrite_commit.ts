// The commit of a compaction: files out, files with the same rows in, nothing else. All of it is dataChange=false, so
// streams over the table see nothing new and appends of others never stand in its way; whoever removes one of its files
// or changes the table does, and then it gives up: the work can be done again, and may not be needed any more.
// Source: PROTOCOL.md, Add File and Remove File; docs/delta.md, Conflicts.

import { fileIdentity } from '#delta/data_file/identity'
import { bytesIn, rowsIn } from '#delta/data_file/statistics'
import type { AddFile, CommitInfo, RemoveFile } from '#delta/log/actions'
import { type AttemptFacts, attemptCommit, type CommitAttempt } from '#delta/log/commit_attempt'
import { commitInfo } from '#delta/log/commit_info'
import { rewriteConflict } from '#delta/log/conflict'
import type { CommitContext } from '#delta/log/put_entry'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'

/** What replaces what. */
export interface Rewrite {
  /** Live files of the snapshot, as it has them. */
  readonly replaced: readonly AddFile[]
  /** The same rows in new files, dataChange=false. */
  readonly files: readonly AddFile[]
}

/** How a rewrite ended. `conflict`: nothing is in the table of it, and never will be; its new files can be deleted. */
export type RewriteOutcome =
  | { readonly kind: 'committed'; readonly snapshot: Snapshot }
  | { readonly kind: 'conflict'; readonly reason: string; readonly snapshot: Snapshot }

/**
 * Commits the rewrite on top of the snapshot, or of the appends that came after it. Throws as commitAppend does; after
 * COMMIT_UNRESOLVED the new files must stay.
 */
export async function commitRewrite(
  store: ObjectStore,
  snapshot: Snapshot,
  rewrite: Rewrite,
  context: CommitContext,
): Promise<RewriteOutcome> {
  const identityOf: IdentityOf = (file) => fileIdentity(file, store.url)
  requireSound(snapshot, rewrite, identityOf)
  const claims = { replaced: new Set(rewrite.replaced.map(identityOf)), identityOf }
  const attempt: CommitAttempt<string> = {
    conflictWith: (newer) => rewriteConflict(snapshot, newer, claims),
    actionsAt: ({ now }) => ({
      adds: rewrite.files,
      removes: rewrite.replaced.map((file) => removeOf(file, now)),
      txns: [],
    }),
    infoAt: (facts) => infoOf(snapshot, rewrite, facts),
  }
  const outcome = await attemptCommit(store, snapshot, attempt, context)
  if (outcome.kind === 'committed') return outcome
  const reason = outcome.kind === 'conflict' ? outcome.conflict : outcome.reason
  return { kind: 'conflict', reason, snapshot: outcome.snapshot }
}

/** What a snapshot knows a file by. */
type IdentityOf = (file: AddFile | RemoveFile) => string

function removeOf(file: AddFile, now: number): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: now,
    dataChange: false,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
  }
}

function infoOf(snapshot: Snapshot, rewrite: Rewrite, facts: AttemptFacts): CommitInfo {
  const rows = rowsIn(rewrite.files)
  return commitInfo(facts, {
    operation: 'OPTIMIZE',
    operationParameters: {},
    readVersion: snapshot.version,
    isolationLevel: 'SnapshotIsolation',
    isBlindAppend: false,
    operationMetrics: {
      numRemovedFiles: String(rewrite.replaced.length),
      numRemovedBytes: String(bytesIn(rewrite.replaced)),
      numAddedFiles: String(rewrite.files.length),
      numAddedBytes: String(bytesIn(rewrite.files)),
      ...(rows === null ? {} : { numOutputRows: String(rows) }),
    },
  })
}

/** What only a bug can get wrong. */
function requireSound(snapshot: Snapshot, { replaced, files }: Rewrite, identityOf: IdentityOf): void {
  if (replaced.length === 0 || files.length === 0) throw new Error('a rewrite replaces files by files')
  const changing = files.find((file) => file.dataChange)
  if (changing !== undefined) throw new Error(`${changing.path}: a rewrite changes no data`)
  if (new Set(replaced.map(identityOf)).size < replaced.length) throw new Error('a rewrite names a file twice')
  const has = (file: AddFile) => snapshot.files.has(identityOf(file))
  for (const file of replaced) if (!has(file)) throw new Error(`${file.path} is not in the snapshot`)
  for (const file of files) if (has(file)) throw new Error(`${file.path} is in the snapshot already`)
}
