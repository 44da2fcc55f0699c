// Conflicts: whether a commit may still go on top of the table after other commits have won the versions before it.
// One function for each kind of commit. A blind append reads nothing but its applications' txn actions, so the files of
// others never matter to it; their txn, protocol and metaData do. Source: docs/delta.md, Conflicts.

import type { AddFile, Long, RemoveFile } from '#delta/log/actions'
import { schemaMismatch } from '#delta/schema/schema'
import type { NewerSnapshot, Snapshot } from '#delta/snapshot'
import type { Offset } from '#runtime/units'

/** Moves an application's progress from one position to another. */
export interface TxnAdvance {
  readonly appId: string
  /** What the table must hold; null: no txn of this application yet. */
  readonly from: Offset | null
  readonly to: Offset
}

/** What of an append can conflict. */
export interface AppendClaims {
  readonly files: readonly AddFile[]
  readonly txns: readonly TxnAdvance[]
}

/** Why an append must not be committed. `fenced`: another writer moved these applications on. */
export type AppendConflict =
  | { readonly kind: 'fenced'; readonly appIds: readonly string[] }
  | { readonly kind: 'conflict'; readonly reason: string }

/** Checks an append that was made for `base` against a newer snapshot and the winning commits not checked yet. */
export function appendConflict(base: Snapshot, newer: NewerSnapshot, append: AppendClaims): AppendConflict | undefined {
  // Even a winning commit that left a txn at its old version is of a second writer for the same input.
  const winners = new Set(newer.commits?.flatMap((commit) => commit.txns.map((txn) => txn.appId)))
  const seen = append.txns.filter(({ appId }) => winners.has(appId))
  if (seen.length > 0) return { kind: 'fenced', appIds: seen.map((txn) => txn.appId) }
  return claimConflict(newer.snapshot, append) ?? metadataConflict(base, newer.snapshot)
}

/** The applications must stand where the append thinks, and none of its files may be there. */
function claimConflict(snapshot: Snapshot, { files, txns }: AppendClaims): AppendConflict | undefined {
  const moved = txns.filter(({ appId, from }) => !isAt(snapshot.txns.get(appId)?.version, from))
  if (moved.length > 0) return { kind: 'fenced', appIds: moved.map((txn) => txn.appId) }
  const known = files.find((file) => snapshot.files.has(file.path))
  return known === undefined ? undefined : { kind: 'conflict', reason: `${known.path} is in the table already` }
}

function isAt(version: Long | undefined, from: number | null): boolean {
  return version === undefined ? from === null : from !== null && version === from
}

function metadataConflict(base: Snapshot, newer: Snapshot): AppendConflict | undefined {
  if (newer.metadata === base.metadata) return undefined
  const reason = metadataChange(base, newer)
  return reason === undefined ? undefined : { kind: 'conflict', reason: `the table changed meanwhile: ${reason}` }
}

function metadataChange(base: Snapshot, newer: Snapshot): string | undefined {
  if (newer.metadata.id !== base.metadata.id) return 'it is another table now'
  const [before, after] = [base.metadata.partitionColumns.join(), newer.metadata.partitionColumns.join()]
  if (before !== after) return `it is partitioned by (${after}), not (${before})`
  return schemaMismatch(base.schema, newer.schema)
}

/** What of a rewrite can conflict: the files that it replaces, as the snapshot knows them. */
export interface RewriteClaims {
  readonly replaced: ReadonlySet<string>
  /** What a snapshot knows a file by. */
  identityOf(file: AddFile | RemoveFile): string
}

/** Why a rewrite of files must not be committed: the table changed, or a winning commit touched one of its files. */
export function rewriteConflict(base: Snapshot, newer: NewerSnapshot, rewrite: RewriteClaims): string | undefined {
  const { metadata, protocol, files } = newer.snapshot
  // Replaced as a whole or cleaned meanwhile: what became of our files in between cannot be known.
  if (newer.commits === undefined) return 'the log was cleaned meanwhile'
  if (metadata !== base.metadata) return "the table's metaData changed meanwhile"
  if (protocol !== base.protocol) return "the table's protocol changed meanwhile"
  const touched = newer.commits
    .flatMap((commit) => [...commit.removes, ...commit.adds])
    .find((file) => rewrite.replaced.has(rewrite.identityOf(file)))
  if (touched !== undefined) return `another commit touched ${touched.path}`
  for (const file of rewrite.replaced) if (!files.has(file)) return `${file} is not in the table any more`
  return undefined
}

/** Why new columns must not be committed: a winning commit changed the table, and may have added these very columns. */
export function evolutionConflict(base: Snapshot, { snapshot }: NewerSnapshot): 'changed' | undefined {
  return snapshot.metadata === base.metadata && snapshot.protocol === base.protocol ? undefined : 'changed'
}
