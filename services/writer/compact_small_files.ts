// Small files into larger ones, for the writer's maintenance and for `tickerlake compact`. Each group becomes one file:
// merged, put, committed. Whoever removed one of them meanwhile was first: then this gives up, takes its own file away,
// and nothing has happened. Safe while others write, read and compact.

import type { CommitContext } from '#delta/commit'
import { type CompactionGroup, type CompactionPolicy, planCompaction } from '#delta/compact'
import { fileIdentity } from '#delta/data_file/identity'
import { objectKeyOf } from '#delta/data_file/path'
import { requireWritable } from '#delta/protocol'
import { commitRewrite } from '#delta/rewrite_commit'
import type { Snapshot } from '#delta/snapshot'
import { PROVENANCE, tableNamed } from '#lake/tables'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf, PlatformError } from '#runtime/errors'
import { putDataFile } from '#services/writer/commit/data_file'
import type { Merger } from '#services/writer/maintenance/parquet_merger'

/** The table to compact. */
export interface CompactTarget {
  /** For people; the lake's own tables are known by it. */
  readonly name: string
  /** At the table's folder. */
  readonly store: ObjectStore
  /** Aborting its signal stops the work in good order. */
  readonly context: CommitContext
}

/** What became of a group. `gave_up`: somebody else was there first, and nothing has happened. */
export type GroupOutcome =
  | { readonly kind: 'merged'; readonly snapshot: Snapshot; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'gave_up'; readonly reason: string; readonly snapshot: Snapshot }
  | { readonly kind: 'stopped'; readonly snapshot: Snapshot }

/** What a table's files ask for. Throws TABLE_UNSUPPORTED when the table is one that we must not rewrite. */
export function planTable(
  target: CompactTarget,
  snapshot: Snapshot,
  policy: CompactionPolicy,
): readonly CompactionGroup[] {
  requireWritable(target.store.url, snapshot)
  const nested = snapshot.schema.fields.find((field) => typeof field.type !== 'string')
  if (nested !== undefined) {
    const what = `the Delta table at ${target.store.url} has the nested column ${nested.name}`
    throw new PlatformError('TABLE_UNSUPPORTED', `${what}; tickerlake does not compact such tables, Spark does`)
  }
  return planCompaction(snapshot, policy)
}

/** Groups to merge, of a table as it was at a snapshot. */
export interface GroupsToMerge {
  readonly snapshot: Snapshot
  readonly groups: readonly CompactionGroup[]
  /** Where files stand until they are put; the system's folder for such files by default. */
  readonly temporaryFolder?: string | undefined
}

/** A group, and what became of it. */
export interface GroupResult {
  readonly group: CompactionGroup
  readonly outcome: GroupOutcome
}

/**
 * Merges groups one after the other, in one database. Ends early when the context's signal aborts. Throws TABLE_ and
 * STORE_ errors, and COMMIT_UNRESOLVED.
 */
export async function* compactGroups(
  target: CompactTarget,
  { snapshot, groups, temporaryFolder }: GroupsToMerge,
): AsyncGenerator<GroupResult> {
  if (groups.length === 0) return
  // DuckDB's library takes memory and time that a writer without work to merge has no use for.
  const { Merger } = await import('#services/writer/maintenance/parquet_merger')
  const merger = await Merger.open(temporaryFolder)
  let newest = snapshot
  try {
    for (const group of groups) {
      if (target.context.signal?.aborted) return
      const outcome = await compactGroup(target, { snapshot: newest, group, merger })
      newest = outcome.snapshot
      yield { group, outcome }
    }
  } finally {
    await merger.close()
  }
}

/** Merges one group. Throws TABLE_ and STORE_ errors, and COMMIT_UNRESOLVED. */
export async function compactGroup(
  target: CompactTarget,
  work: { readonly snapshot: Snapshot; readonly group: CompactionGroup; readonly merger: Merger },
): Promise<GroupOutcome> {
  const { name, store, context } = target
  const { snapshot, group, merger } = work
  const gone = group.files.find((file) => !snapshot.files.has(fileIdentity(file, store.url)))
  if (gone !== undefined) return { kind: 'gave_up', reason: `${gone.path} is not in the table any more`, snapshot }
  try {
    const merge = { table: name, store, snapshot, files: group.files, sortedBy: sortOrder(name) }
    const file = await merger.merge(merge, context.signal)
    const { schema, metadata } = snapshot
    const { partitionColumns } = metadata
    const facts = { partitionValues: group.partitionValues, dataChange: false }
    const add = await putDataFile(file, facts, { table: name, store, schema, partitionColumns, context })
    const rewrite = { replaced: group.files, files: [add] }
    const outcome = await commitRewrite(store, snapshot, rewrite, context)
    const { numRecords: rows } = file.statistics
    if (outcome.kind === 'committed')
      return { kind: 'merged', snapshot: outcome.snapshot, rows, bytes: file.body.length }
    await discard(target, add.path)
    return { kind: 'gave_up', reason: outcome.reason, snapshot: outcome.snapshot }
  } catch (error) {
    if (!context.signal?.aborted) throw error
    return { kind: 'stopped', snapshot }
  }
}

/** The lake's own tables have an order; rows of others stay in theirs. */
function sortOrder(table: string): readonly string[] {
  const spec = tableNamed(table)
  return spec === undefined ? [] : [...spec.sortedBy, ...PROVENANCE.map((column) => column.name)]
}

/** No commit names the file, nor ever will. What cannot be deleted now is left to vacuum. */
async function discard({ name, store, context }: CompactTarget, path: string): Promise<void> {
  try {
    await store.delete(objectKeyOf(path, store.url))
  } catch (error) {
    context.logger?.warn({ table: name, path, cause: messageOf(error) }, 'a file that is not needed is left to vacuum')
  }
}
