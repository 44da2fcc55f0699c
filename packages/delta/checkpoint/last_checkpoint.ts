// `_last_checkpoint`: a hint where the newest checkpoint is, so that a long log need not be listed from its beginning.
// Invariant: never believed; what it names must be in the listing, and one that is damaged, stale or absent is no
// error.

import { isFields } from '#delta/log/entry'
import { parseLogJson, stringifyLogJson } from '#delta/log/json'
import { LOG_FOLDER } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { type TableVersion, tableVersion } from '#runtime/units'

/** Where the hint is. */
export const HINT_KEY = `${LOG_FOLDER}_last_checkpoint`

/** What the hint says of the checkpoint. */
export interface LastCheckpoint {
  readonly version: TableVersion
  /** Actions in it. */
  readonly size: number
  readonly sizeInBytes: number
  readonly numOfAddFiles: number
}

/** The version that the hint names, if there is a sound one. */
export async function hintedVersion(store: ObjectStore): Promise<TableVersion | undefined> {
  const bytes = await store.get(HINT_KEY)
  return bytes === undefined ? undefined : versionInHint(bytes)
}

/** The version that a hint names, if it is a sound one. */
export function versionInHint(bytes: Uint8Array): TableVersion | undefined {
  try {
    const hint = parseLogJson(new TextDecoder().decode(bytes))
    const version = isFields(hint) ? hint.version : undefined
    return Number.isSafeInteger(version) && (version as number) >= 0 ? tableVersion(version as number) : undefined
  } catch {
    return undefined
  }
}

/** Writes the hint, unless it names a newer checkpoint already. */
export async function putHint(store: ObjectStore, hint: LastCheckpoint): Promise<void> {
  const known = await hintedVersion(store)
  if (known === undefined || known <= hint.version)
    await store.put(HINT_KEY, new TextEncoder().encode(stringifyLogJson(hint)))
}
