// Which checkpoint reconciliation begins from: the newest that is not too new and can be read. One that cannot be read
// only costs the time of an older one; why it could not is handed back for whoever finds no way at all.

import { decodeLogEntry, instantIn, isFields } from '#delta/log/entry'
import { parseLogJson } from '#delta/log/json'
import { checksumKey, commitKey, type ListedCheckpoint, type LogListing } from '#delta/log/listing'
import { type Reconciliation, reconciliationFrom } from '#delta/log/reconciliation'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, TableVersion } from '#runtime/units'

/** The start, if there is one, and what stood in the way of newer ones. */
export interface CheckpointStart {
  readonly draft: Reconciliation | undefined
  readonly failures: readonly PlatformError[]
}

/** Begins at a checkpoint of the listing. Throws TABLE_UNSUPPORTED, and STORE_ errors. */
export async function startAtCheckpoint(
  store: ObjectStore,
  listing: LogListing,
  { version, asOf }: { readonly version?: TableVersion; readonly asOf?: EpochMs },
): Promise<CheckpointStart> {
  const failures: PlatformError[] = []
  const checkpoints = newestFirst(listing.checkpoints)
  const first = asOf === undefined ? 0 : await firstNotAfter(asOf, store, { checkpoints, listing })
  for (const checkpoint of checkpoints.slice(first)) {
    if (version !== undefined && checkpoint.version > version) continue
    try {
      const timestamp = await timeOf(store, checkpoint, listing)
      if (asOf !== undefined && timestamp > asOf) continue
      // The Parquet reader costs start-up time that a table without checkpoints need not pay.
      const { readCheckpoint } = await import('#delta/checkpoint/reader')
      const state = await readCheckpoint(store, checkpoint)
      const draft = reconciliationFrom(state, { version: checkpoint.version, timestamp, url: store.url })
      return { draft, failures }
    } catch (error) {
      if (!isDamage(error)) throw error
      failures.push(error)
    }
  }
  return { draft: undefined, failures }
}

/** Of two at one version the whole one comes first. */
function newestFirst(checkpoints: readonly ListedCheckpoint[]): readonly ListedCheckpoint[] {
  return checkpoints.toSorted((a, b) => b.version - a.version || a.missingParts - b.missingParts)
}

/**
 * Where in the list those begin that are not younger than `asOf`. Searched by halves, since a month's log can have
 * thousands. One whose time cannot be read stays in: whoever begins there says why it cannot.
 */
async function firstNotAfter(
  asOf: EpochMs,
  store: ObjectStore,
  { checkpoints, listing }: { readonly checkpoints: readonly ListedCheckpoint[]; readonly listing: LogListing },
): Promise<number> {
  let [low, high] = [0, checkpoints.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const time = await timeOf(store, checkpoints[middle] as ListedCheckpoint, listing).catch(ifDamaged)
    if (time !== undefined && time > asOf) low = middle + 1
    else high = middle
  }
  return low
}

function ifDamaged(error: unknown): undefined {
  if (!isDamage(error)) throw error
}

function isDamage(error: unknown): error is PlatformError {
  return error instanceof PlatformError && error.code === 'TABLE_CORRUPT'
}

/**
 * When the checkpoint's version was committed: by its entry; once that is gone by its checksum file, which has the
 * in-commit timestamp, else by when the checkpoint itself was written.
 */
async function timeOf(store: ObjectStore, checkpoint: ListedCheckpoint, listing: LogListing): Promise<EpochMs> {
  const { version } = checkpoint
  const listed = listing.commits.find((commit) => commit.version === version)
  const bytes = listed === undefined ? undefined : await store.get(commitKey(version))
  if (listed !== undefined && bytes !== undefined)
    return decodeLogEntry(bytes, { url: store.url, version, modified: listed.modified }).timestamp
  const told = listing.checksums.includes(version) ? await checksumTime(store, version) : undefined
  return told ?? checkpoint.modified
}

/** Source: PROTOCOL.md, Version Checksum File Schema. A damaged one tells nothing, as if it were not there. */
async function checksumTime(store: ObjectStore, version: TableVersion): Promise<EpochMs | undefined> {
  const bytes = await store.get(checksumKey(version))
  try {
    const checksum = bytes === undefined ? undefined : parseLogJson(new TextDecoder().decode(bytes))
    return isFields(checksum) ? instantIn(checksum.inCommitTimestampOpt) : undefined
  } catch {
    return undefined
  }
}
