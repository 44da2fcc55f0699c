// Loads a table of a store that others write to, clean and vacuum meanwhile: what can be wrong with it is a value.

import { loadSnapshot, type Snapshot, type SnapshotOptions } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

/** A table at one version, and the root that its paths are of. */
export type LoadedState = Snapshot & { readonly root: string }

/** The table, or its TABLE_ error: it is not there, cleaned, damaged or unknown. Throws STORE_ errors. */
export async function loadState(store: ObjectStore, options: SnapshotOptions): Promise<LoadedState | PlatformError> {
  const first = await tryLoad(store, options)
  // A log that is cleaned while it is read looks damaged; a second look begins at what is left.
  return first instanceof PlatformError && first.code === 'TABLE_CORRUPT' ? tryLoad(store, options) : first
}

async function tryLoad(store: ObjectStore, options: SnapshotOptions): Promise<LoadedState | PlatformError> {
  try {
    const snapshot = await loadSnapshot(store, options)
    if (snapshot !== undefined) return { ...snapshot, root: store.url }
    return new PlatformError('TABLE_NOT_FOUND', `there is no Delta table at ${store.url}`)
  } catch (error) {
    if (error instanceof PlatformError && error.code.startsWith('TABLE_')) return error
    throw error
  }
}
