// Reads log entries in order of version, fetching a bounded number of them ahead. Invariant: versions come out
// contiguous. A missing entry is an error, unless a checkpoint may stand for it.

import { LISTING_GAPS_MAX, LOG_FETCHES_MAX } from '#delta/limits'
import { decodeLogEntry, type LogCommit } from '#delta/log/entry'
import { commitKey, type ListedCommit } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'

/** What to read. */
export interface EntriesToRead {
  readonly commits: readonly ListedCommit[]
  /**
   * What stands for the entries before it, for readers who need not have each of them: an entry that is missing before
   * the newest of these is passed over. Log cleanup deletes several at a time, and may have been cut short.
   */
  readonly checkpoints?: readonly { readonly version: TableVersion }[]
}

/**
 * Reads the listed entries, the gaps of the listing included; `after` is the version they must follow, if any.
 * Throws TABLE_CORRUPT or TABLE_UNSUPPORTED.
 */
export async function* readCommits(
  store: ObjectStore,
  listing: EntriesToRead,
  after?: TableVersion,
): AsyncGenerator<LogCommit, void, void> {
  const wanted = withoutGaps(store, listing, after)
  const ahead: Promise<Uint8Array | undefined>[] = []
  let fetched = 0
  for (const { version, modified } of wanted) {
    while (fetched < wanted.length && ahead.length < LOG_FETCHES_MAX) ahead.push(fetchEntry(store, wanted[fetched++]))
    const bytes = await ahead.shift()
    if (bytes !== undefined) yield decodeLogEntry(bytes, { url: store.url, version, modified })
    else if (version >= neededFrom(listing)) throw missingCommit(store, version)
  }
}

/** Entries from this version on must be there. */
function neededFrom({ checkpoints = [] }: EntriesToRead): number {
  return checkpoints.reduce((newest, { version }) => Math.max(newest, version), 0)
}

function fetchEntry(store: ObjectStore, commit: ListedCommit | undefined): Promise<Uint8Array | undefined> {
  if (commit === undefined) throw new Error('no entry left to fetch')
  const bytes = store.get(commitKey(commit.version))
  // When the reader stops early nobody awaits this one any more, and its failure is of no interest.
  bytes.catch(() => {})
  return bytes
}

/**
 * A folder that is listed while others write to it may show version n + 1 without n, so gaps are fetched all the same;
 * a log with many of them is broken, or was cleaned halfway.
 */
function withoutGaps(store: ObjectStore, listing: EntriesToRead, after: TableVersion | undefined): ListedCommit[] {
  const commits: ListedCommit[] = []
  const needed = neededFrom(listing)
  let next: number = after === undefined ? (listing.commits[0]?.version ?? 0) : after + 1
  let gaps = 0
  for (const commit of listing.commits) {
    for (; next < commit.version; next++) {
      if (++gaps <= LISTING_GAPS_MAX) commits.push({ version: tableVersion(next), modified: commit.modified })
      else if (next >= needed) throw missingCommit(store, tableVersion(next))
      else next = Math.min(needed, commit.version) - 1
    }
    commits.push(commit)
    next++
  }
  return commits
}

/** The error for an entry that is not there and that no checkpoint stands for. */
export function missingCommit(store: ObjectStore, version: TableVersion): PlatformError {
  const what = `version ${version} of the Delta log at ${store.url} is missing`
  const message = `${what} and no checkpoint has it; restore the file from a backup`
  return new PlatformError('TABLE_CORRUPT', message, { fields: { table: store.url, version } })
}
