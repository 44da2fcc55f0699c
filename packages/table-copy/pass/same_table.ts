// Whether the target is the same table as the source, by the id in its metaData: the entries of another table differ in
// every way, so its id is what there is to say of it.

import { listLog } from '#delta/log/listing'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { otherTable } from '#table-copy/log/divergence'
import type { TableRules } from '#table-copy/log/entries'
import { rulesAt } from '#table-copy/log/rules'
import type { TargetLog } from '#table-copy/pass/target_log'
import { type CopyWork, GoneAtSource, tried } from '#table-copy/pass/work'

/**
 * Without a common entry, as where the target has a checkpoint alone, the id tells whether it is the same table. Throws
 * TABLE_CONFLICT when it is another one, or that cannot be told.
 */
export async function requireSameTable(work: CopyWork, { newestRead }: TargetLog, rules: TableRules): Promise<void> {
  if (newestRead === undefined) return
  const difference = otherId(work, rules, await rulesAtTarget(work, newestRead))
  if (difference !== undefined) throw difference
}

function otherId(work: CopyWork, ours: TableRules, theirs: TableRules): PlatformError | undefined {
  const ids = { source: ours.metadata.id, target: theirs.metadata.id }
  return ids.source === ids.target ? undefined : otherTable(work, ids)
}

async function rulesAtTarget(work: CopyWork, version: TableVersion): Promise<TableRules> {
  try {
    return await rulesAt(work, work.target, version)
  } catch (error) {
    if (error instanceof GoneAtSource) throw unreadable(work, error.version)
    throw error
  }
}

/** The error for a target that is another table; undefined when it is not, or that cannot be told. */
export async function foundOtherTable(work: CopyWork, { newestRead }: TargetLog): Promise<PlatformError | undefined> {
  try {
    const { commits } = await tried(work, () => listLog(work.source, tableVersion(0)))
    const newest = commits.at(-1)?.version
    if (newest === undefined || newestRead === undefined) return undefined
    return otherId(work, await rulesAt(work, work.source, newest), await rulesAt(work, work.target, newestRead))
  } catch (error) {
    if (error instanceof PlatformError || error instanceof GoneAtSource) return undefined
    throw error
  }
}

function unreadable({ target }: CopyWork, version: TableVersion): PlatformError {
  const fact = `the table at ${target.url} lacks version ${version}, and no checkpoint that can be read has it`
  const message = `${fact}, so it cannot be told whether it is a copy of the source; copy to an empty place`
  return new PlatformError('TABLE_CONFLICT', message, { fields: { target: target.url, version } })
}
