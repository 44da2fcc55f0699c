// What a pass is to do, found out before anything is written: from which version to which, beginning at which
// checkpoint if need be, and that nothing on the way is unknown to us. A target that is not a copy of the source is
// refused here.

import { commitKey, type LogListing, listLog } from '#delta/log/listing'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { compareEntry, targetNewer } from '#table-copy/log/divergence'
import { type TableRules, totalsOf } from '#table-copy/log/entries'
import { type LogExtras, missingExtras } from '#table-copy/log/extras'
import { rulesAt, wholeRules } from '#table-copy/log/rules'
import { type Beginning, findBeginning } from '#table-copy/pass/beginning'
import { requireCopyable } from '#table-copy/pass/features'
import { foundOtherTable, requireSameTable } from '#table-copy/pass/same_table'
import { readTargetLog, type TargetLog } from '#table-copy/pass/target_log'
import { type CopyWork, tried } from '#table-copy/pass/work'

/** What a pass is to do. */
export interface CopyPlan {
  /** The target's newest version. */
  readonly from: TableVersion | undefined
  readonly to: TableVersion
  /** Given when the entries after `from` cannot be copied one after another. */
  readonly beginning: Beginning | undefined
  /** The first entry that is copied with the files that it names; greater than `to` when there is none. */
  readonly first: number
  readonly extras: LogExtras
  readonly filesPlanned: number
  readonly bytesPlanned: number
  /** What counts for the table at `to`. */
  readonly rules: TableRules
}

/**
 * Makes the plan. `anew`: the source was found to lack something, so that only a checkpoint will do. Throws
 * TABLE_NOT_FOUND, TABLE_CONFLICT, TABLE_UNSUPPORTED, TABLE_CORRUPT; and GoneAtSource when another plan is needed.
 */
export async function makePlan(work: CopyWork, anew: boolean): Promise<CopyPlan> {
  const target = await readTargetLog(work)
  try {
    return await planFor(work, target, anew)
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'TABLE_CONFLICT')) throw error
    throw (await foundOtherTable(work, target)) ?? error
  }
}

async function planFor(work: CopyWork, target: TargetLog, anew: boolean): Promise<CopyPlan> {
  const log = await tried(work, () => listLog(work.source, target.listedFrom))
  const newest = log.commits.at(-1)?.version
  if (target.newestRead !== undefined && target.newestRead > (newest ?? -1)) {
    throw targetNewer(work, { source: newest, target: target.newestRead })
  }
  if (newest === undefined) throw notFound(work)
  const situation = { target, log, newest }
  if (anew || (await hasGap(work, situation))) return planFromCheckpoint(work, situation)
  return planByEntries(work, situation)
}

/** Both logs as the plan begins. */
interface Situation {
  readonly target: TargetLog
  readonly log: LogListing
  readonly newest: TableVersion
}

/** Whether the source has no way any more from the target's newest entry on. */
async function hasGap(work: CopyWork, { target: { newest: known }, log, newest }: Situation): Promise<boolean> {
  if (known !== undefined && (await compareEntry(work, known)) === 'gone') return true
  const next = known === undefined ? 0 : known + 1
  if (next > newest || log.commits.some(({ version }) => version === next)) return false
  // A folder's listing may pass over an entry that is there; one that is not there was cleaned.
  return (await tried(work, () => work.source.sizeOf(commitKey(tableVersion(next))))) === undefined
}

async function planByEntries(work: CopyWork, { target, log, newest }: Situation): Promise<CopyPlan> {
  const { newest: from } = target
  const first = from === undefined ? 0 : from + 1
  const before: Partial<TableRules> = from === undefined ? {} : await knownRules(work, from)
  if (before.protocol !== undefined) requireCopyable(work.source.url, before.protocol)
  const totals = await totalsOf(work, { first, last: newest }, before)
  const rules = wholeRules(work.source, totals.rules, newest)
  if (from === undefined) await requireSameTable(work, target, rules)
  return {
    from,
    to: newest,
    beginning: undefined,
    first,
    extras: missingExtras(log, target.listing, { first: target.wholeFrom, last: newest }),
    filesPlanned: totals.files,
    bytesPlanned: totals.bytes,
    rules,
  }
}

async function knownRules(work: CopyWork, version: TableVersion): Promise<TableRules> {
  const { previous } = work.options
  return previous?.to === version ? previous : rulesAt(work, work.source, version)
}

async function planFromCheckpoint(work: CopyWork, { target, log }: Situation): Promise<CopyPlan> {
  const { newest: from } = target
  const beginning = await findBeginning(work, from)
  await requireSameTable(work, target, beginning.rules)
  const { version } = beginning.checkpoint
  const totals = await totalsOf(work, { first: version + 1, last: beginning.to }, beginning.rules)
  return {
    from,
    to: beginning.to,
    beginning,
    first: version + 1,
    extras: missingExtras(log, target.listing, { first: version + 1, last: beginning.to }),
    filesPlanned: beginning.files.length + totals.files,
    bytesPlanned: beginning.files.reduce((sum, file) => sum + (file.size ?? 0), totals.bytes),
    rules: wholeRules(work.source, totals.rules, beginning.to),
  }
}

function notFound({ source }: CopyWork): PlatformError {
  const message = `there is no Delta table at ${source.url}: its _delta_log has no entry; check the place to copy from`
  return new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: source.url } })
}
