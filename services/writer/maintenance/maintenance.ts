// Maintenance in the background of a writer: now and then it merges small files, one table at a time. It never holds up
// the writing and never makes it fail: what goes wrong here is logged and tried again later.

import type { CommitContext } from '#delta/commit'
import { type Snapshot, updateSnapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf } from '#runtime/errors'
import { epochMs } from '#runtime/units'
import { compactGroups, planTable } from '#services/writer/compact_small_files'
import type { WriterCounters } from '#services/writer/counters'
import { MAINTENANCE_INTERVAL_MS, MERGES_PER_TURN_MAX } from '#services/writer/limits'

/** When the writer compacts by itself. */
export interface CompactionConfig {
  /** Small files in a partition that make it worth the work. */
  readonly filesMin: number
  /** How old a file must be to be merged. */
  readonly fileAgeMinMs: number
  /** Size on disk that merged files come near to; a merge holds one of them in memory. */
  readonly targetBytes: number
}

/** A table that is looked after. */
export interface MaintainedTable {
  readonly name: string
  readonly store: ObjectStore
  /** The newest that its writer knows of. */
  readonly snapshot: Snapshot
}

/** What maintenance works with. */
export interface MaintenanceParts {
  readonly tables: readonly MaintainedTable[]
  readonly config: CompactionConfig
  /** Aborting its signal ends the maintenance in good order. */
  readonly context: CommitContext & { readonly signal: AbortSignal }
  readonly temporaryFolder?: string
  readonly counters?: Pick<WriterCounters, 'merges' | 'mergedFiles'>
}

/** Looks after the tables until the signal aborts. Never rejects. */
export async function runMaintenance(parts: MaintenanceParts): Promise<void> {
  const { clock, random, signal } = parts.context
  while (!signal.aborted) {
    await clock.sleep(MAINTENANCE_INTERVAL_MS * (0.5 + random()), signal)
    if (!signal.aborted) await maintainOnce(parts)
  }
}

/** One round over all tables. Returns how many merges were committed; never rejects. */
export async function maintainOnce(parts: MaintenanceParts): Promise<number> {
  let merged = 0
  for (const table of parts.tables) {
    if (parts.context.signal.aborted) break
    try {
      merged += await maintainTable(table, parts)
    } catch (error) {
      const fields = { table: table.name, cause: messageOf(error) }
      parts.context.logger?.warn(
        fields,
        'small files could not be merged; the table is as it was, and it is tried again',
      )
    }
  }
  return merged
}

async function maintainTable(table: MaintainedTable, parts: MaintenanceParts): Promise<number> {
  const { config, context } = parts
  const target = { name: table.name, store: table.store, context }
  const writtenBefore = epochMs(context.clock.now() - config.fileAgeMinMs)
  const plan = (snapshot: Snapshot) => planTable(target, snapshot, { ...config, writtenBefore })
  // What the writer knows tells mostly that there is nothing to do, and asks nothing of the store.
  if (plan(table.snapshot).length === 0) return 0
  const snapshot = await updateSnapshot(table.store, table.snapshot)
  const groups = plan(snapshot).slice(0, MERGES_PER_TURN_MAX)
  const { temporaryFolder } = parts
  let merged = 0
  for await (const { group, outcome } of compactGroups(target, { snapshot, groups, temporaryFolder })) {
    const fields = { table: table.name, files: group.files.length, version: outcome.snapshot.version }
    if (outcome.kind === 'merged') {
      merged++
      countMerge(parts, group.files.length)
      context.logger?.info({ ...fields, rows: outcome.rows }, 'small files were merged')
    } else if (outcome.kind === 'gave_up') {
      context.logger?.debug({ ...fields, reason: outcome.reason }, 'another was first; nothing was merged')
    }
  }
  return merged
}

function countMerge({ counters }: MaintenanceParts, files: number): void {
  if (counters === undefined) return
  counters.merges++
  counters.mergedFiles += files
}
