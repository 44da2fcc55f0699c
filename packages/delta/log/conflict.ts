// Whether an append may go on top of a snapshot. A blind append reads nothing but its applications' txn actions, so
// other writers' files never matter; their txn, protocol and metaData do. docs/delta.md, Conflicts.

import type { Append } from '#delta/commit'
import type { Long } from '#delta/log/actions'
import { schemaMismatch } from '#delta/schema/schema'
import type { NewerSnapshot, Snapshot } from '#delta/snapshot'

/** Why an append must not go on. */
export type Objection =
  | { readonly kind: 'fenced'; readonly appIds: readonly string[] }
  | { readonly kind: 'conflict'; readonly reason: string }

/** Checks the append against one snapshot: its applications stand where it thinks, and none of its files is there. */
function objectionTo(snapshot: Snapshot, append: Append): Objection | undefined {
  const moved = append.txns.filter(({ appId, from }) => !isAt(snapshot.txns.get(appId)?.version, from))
  if (moved.length > 0) return { kind: 'fenced', appIds: moved.map((txn) => txn.appId) }
  const known = append.files.find((file) => snapshot.files.has(file.path))
  return known === undefined ? undefined : { kind: 'conflict', reason: `${known.path} is in the table already` }
}

/** Checks the append, which was made for `base`, against a newer snapshot and the commits that were not checked yet. */
export function conflictWith(base: Snapshot, newer: NewerSnapshot, append: Append): Objection | undefined {
  // Even a winner that left a txn at its old version is a second writer for the same input.
  const winners = new Set(newer.commits?.flatMap((commit) => commit.txns.map((txn) => txn.appId)))
  const seen = append.txns.filter(({ appId }) => winners.has(appId))
  if (seen.length > 0) return { kind: 'fenced', appIds: seen.map((txn) => txn.appId) }
  return objectionTo(newer.snapshot, append) ?? metadataConflict(base, newer.snapshot)
}

function metadataConflict(base: Snapshot, newer: Snapshot): Objection | undefined {
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

function isAt(version: Long | undefined, from: number | null): boolean {
  return version === undefined ? from === null : from !== null && version === from
}
