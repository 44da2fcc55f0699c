// Log cleanup: entries and checkpoints that a newer checkpoint stands for, once they are out of retention. Invariant:
// every version from the newest checkpoint of that age on stays readable, and that checkpoint was read before anything
// is deleted. A version's number becomes free only long after every writer that could still take it has looked again.
// Source: docs/delta.md, Conflicts, and Checkpoints and log cleanup.

import { LOG_FETCHES_MAX, LOG_RETENTION_MIN_MS } from '#delta/limits'
import { type ListedCheckpoint, LOG_FOLDER, type LogListing, listLog } from '#delta/log/listing'
import type { Snapshot } from '#delta/log/reconciliation'
import { requireWritable } from '#delta/protocol'
import { logRetentionMs, mayCleanLog } from '#delta/table_properties'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { DAY_MS, type EpochMs, epochMs, type TableVersion, tableVersion } from '#runtime/units'

/** What a cleanup did. */
export interface LogCleanup {
  /** Files of the log that were deleted. */
  readonly deleted: number
  /** The oldest version that can still be read, when the cleanup made sure of one. */
  readonly oldest: TableVersion | undefined
}

const NOTHING: LogCleanup = { deleted: 0, oldest: undefined }

/**
 * Deletes what delta.logRetentionDuration (30 days by default, a day at least) does not keep any more. Safe beside
 * writers and readers of current versions. Throws TABLE_UNSUPPORTED when we may not write the table, and STORE_ errors.
 */
export async function cleanLog(
  store: ObjectStore,
  snapshot: Snapshot,
  context: { readonly clock: Clock },
): Promise<LogCleanup> {
  requireWritable(store.url, snapshot)
  const retentionMs = logRetentionMs(snapshot.metadata)
  if (retentionMs === undefined || !mayCleanLog(snapshot.metadata)) return NOTHING
  const cutoff = midnightBefore(context.clock.now() - Math.max(retentionMs, LOG_RETENTION_MIN_MS))
  const listing = await listLog(store, tableVersion(0))
  const keep = await readableBase(store, listing, { cutoff, newest: snapshot.version })
  if (keep === undefined) return NOTHING
  const keys = await expiredKeys(store, keep.version, cutoff)
  for (let at = 0; at < keys.length; at += LOG_FETCHES_MAX) {
    await Promise.all(keys.slice(at, at + LOG_FETCHES_MAX).map((key) => store.delete(key)))
  }
  return { deleted: keys.length, oldest: keep.version }
}

/** The newest checkpoint at or before the cutoff that can be read and has something before it. */
async function readableBase(
  store: ObjectStore,
  listing: LogListing,
  { cutoff, newest }: { readonly cutoff: EpochMs; readonly newest: TableVersion },
): Promise<ListedCheckpoint | undefined> {
  const first = Math.min(listing.commits[0]?.version ?? 0, listing.checkpoints[0]?.version ?? 0)
  const entries = new Map(listing.commits.map(({ version, modified }) => [version, modified]))
  const isOld = ({ version, modified }: ListedCheckpoint) =>
    version > first && version <= newest && modified <= cutoff && (entries.get(version) ?? Infinity) <= cutoff
  const { readCheckpoint } = await import('#delta/checkpoint/reader')
  for (const checkpoint of listing.checkpoints.filter(isOld).reverse()) {
    try {
      await readCheckpoint(store, checkpoint)
      return checkpoint
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'TABLE_CORRUPT')) throw error
    }
  }
  return undefined
}

/** In ascending order, up to the first that is too young: what stays has no gap, unless the deleting is cut short. */
async function expiredKeys(store: ObjectStore, before: TableVersion, cutoff: EpochMs): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const { key, modified } of store.list(LOG_FOLDER)) {
    const version = NAME.exec(key.slice(LOG_FOLDER.length))?.groups?.version
    if (version === undefined) continue
    if (Number(version) >= before || modified > cutoff) break
    keys.push(key)
  }
  return keys
}

/** Entries, checksums, checkpoints, and compactions of entries, which are named by the first and the last of them. */
const NAME = /^(?<version>\d{20})\.(?:(?:\d{20}\.compacted\.)?json|crc|checkpoint\.(?:[\w.-]+\.)?(?:parquet|json))$/

function midnightBefore(time: number): EpochMs {
  return epochMs(Math.max(Math.floor(time / DAY_MS) * DAY_MS, 0))
}
