// Which version a time means, where in-commit timestamps are on: they grow from version to version, so the log is
// searched by halves, one entry a step. Source: PROTOCOL.md, Recommendations for Readers of Tables with In-Commit
// Timestamps.

import type { Metadata, Protocol } from '#delta/log/actions'
import { decodeLogEntry, type LogCommit } from '#delta/log/entry'
import { hasInCommitTimestamps } from '#delta/log/in_commit_timestamps'
import { commitKey, type LogListing } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

/** Whether the newest entry of the listing says when it was made. Of a table that has the feature, every one does. */
export async function newestIsTimed(store: ObjectStore, { commits }: LogListing): Promise<boolean> {
  const newest = commits.at(-1)
  return newest !== undefined && (await readEntry(store, newest.version))?.inCommitTimestamp !== undefined
}

/** What a search found. */
export interface TimeFound {
  /** The newest version whose in-commit timestamp is not after the time. */
  readonly version: TableVersion
  /** The newest version on the way that has none. Since the table has them, the search does not hold with one. */
  readonly untimed: TableVersion | undefined
}

/**
 * Searches the in-commit timestamps for a time; undefined when none is old enough. Versions without one, and versions
 * whose entry is gone, count as before it.
 */
export async function searchTime(
  store: ObjectStore,
  { commits }: LogListing,
  asOf: EpochMs,
): Promise<TimeFound | undefined> {
  let [version, untimed]: [TableVersion?, TableVersion?] = []
  let low: number = commits[0]?.version ?? 0
  let high: number = commits.at(-1)?.version ?? -1
  while (low <= high) {
    const middle = tableVersion(low + Math.floor((high - low) / 2))
    const entry = await readEntry(store, middle)
    const time = entry?.inCommitTimestamp
    if (time !== undefined && time > asOf) high = middle - 1
    else {
      if (time !== undefined) version = middle
      else if (entry !== undefined) untimed = middle
      low = middle + 1
    }
  }
  return version === undefined ? undefined : { version, untimed }
}

async function readEntry(store: ObjectStore, version: TableVersion): Promise<LogCommit | undefined> {
  const bytes = await store.get(commitKey(version))
  return bytes === undefined ? undefined : decodeLogEntry(bytes, { url: store.url, version, modified: 0 as EpochMs })
}

/** The table as it is before a commit. */
interface TableBefore {
  readonly url: string
  readonly protocol: Protocol | undefined
  readonly metadata: Metadata | undefined
}

/** Throws TABLE_CORRUPT when the commit lacks the in-commit timestamp that the table with it in asks for. */
export function requireTimed(before: TableBefore, commit: LogCommit): void {
  const [protocol, metadata] = [commit.protocol ?? before.protocol, commit.metadata ?? before.metadata]
  if (protocol === undefined || metadata === undefined || !hasInCommitTimestamps({ protocol, metadata })) return
  if (commit.inCommitTimestamp !== undefined) return
  const { version } = commit
  const what = `version ${version} of ${before.url} has no inCommitTimestamp, though the table has in-commit timestamps`
  const message = `${what}: another engine left it out; ask for a version by its number (\`tickerlake history\`)`
  throw new PlatformError('TABLE_CORRUPT', message, { fields: { table: before.url, version } })
}
