// Which checkpoint reconciliation begins from: the newest that is not too new and can be read. One that cannot be read
// only costs the time of an older one; why it could not is handed back for whoever finds no way at all.

import { decodeLogEntry } from '#delta/log/entry'
import { commitKey, type ListedCheckpoint, type LogListing } from '#delta/log/listing'
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
  for (const checkpoint of newestFirst(listing.checkpoints)) {
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
      if (!(error instanceof PlatformError && error.code === 'TABLE_CORRUPT')) throw error
      failures.push(error)
    }
  }
  return { draft: undefined, failures }
}

/** Of two at one version the whole one comes first. */
function newestFirst(checkpoints: readonly ListedCheckpoint[]): readonly ListedCheckpoint[] {
  return checkpoints.toSorted((a, b) => b.version - a.version || a.missingParts - b.missingParts)
}

/** When the checkpoint's version was committed, by its entry; by the checkpoint itself once the entry is gone. */
async function timeOf(store: ObjectStore, checkpoint: ListedCheckpoint, listing: LogListing): Promise<EpochMs> {
  const { version } = checkpoint
  const listed = listing.commits.find((commit) => commit.version === version)
  const bytes = listed === undefined ? undefined : await store.get(commitKey(version))
  if (listed === undefined || bytes === undefined) return checkpoint.modified
  return decodeLogEntry(bytes, { url: store.url, version, modified: listed.modified }).timestamp
}
