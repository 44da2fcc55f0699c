// What of a table is at the target already. Its log is read from the checkpoint on that `_last_checkpoint` names, as
// readers do; the entries after the last gap in it are what a pass goes on from.

import { hintedVersion } from '#delta/checkpoint/last_checkpoint'
import { type LogListing, listLog } from '#delta/log/listing'
import { type TableVersion, tableVersion } from '#runtime/units'
import { type CopyWork, tried } from '#table-copy/pass/work'

/** The target's log. */
export interface TargetLog {
  /** Where the listing begins. */
  readonly listedFrom: TableVersion
  readonly listing: LogListing
  /** The newest entry, if there is any. */
  readonly newest: TableVersion | undefined
  /**
   * The newest version that a reader finds: a checkpoint counts, even where the pass that put it ended before it put
   * the entry.
   */
  readonly newestRead: TableVersion | undefined
  /** The first of the entries without a gap that lead to the newest; every version from here on is whole. */
  readonly wholeFrom: TableVersion
}

/** Looks at the target. */
export async function readTargetLog(work: CopyWork): Promise<TargetLog> {
  const hinted = await tried(work, () => hintedVersion(work.target))
  const near = hinted === undefined ? undefined : await list(work, hinted)
  return near === undefined || near.newest === undefined ? list(work, tableVersion(0)) : near
}

async function list(work: CopyWork, listedFrom: TableVersion): Promise<TargetLog> {
  const listing = await tried(work, () => listLog(work.target, listedFrom))
  const newest = listing.commits.at(-1)?.version
  const checkpoint = listing.checkpoints.findLast(({ missingParts }) => missingParts === 0)?.version
  const newestRead = checkpoint !== undefined && checkpoint > (newest ?? -1) ? checkpoint : newest
  return { listedFrom, listing, newest, newestRead, wholeFrom: wholeFrom(listing) }
}

function wholeFrom({ commits }: LogListing): TableVersion {
  let first = commits.at(-1)?.version ?? tableVersion(0)
  for (const { version } of commits.toReversed()) {
    if (version < first - 1) break
    first = version
  }
  return first
}
