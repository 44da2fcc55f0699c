// What `_delta_log` holds, by name: entries and checkpoints; everything else in it is ignored, as the protocol asks.
// One listing reads it; names sort by version, so it begins at the version asked for and ends before the other files.

import type { ObjectStore } from '#object-store/object_store'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

const FOLDER = '_delta_log/'
const VERSION_DIGITS = 20

/** An entry that exists. */
export interface ListedCommit {
  readonly version: TableVersion
  readonly modified: EpochMs
}

/** The log from some version on, ascending. */
export interface LogListing {
  readonly commits: readonly ListedCommit[]
  /** Versions that have a checkpoint file of any kind. */
  readonly checkpoints: readonly TableVersion[]
}

/** The key of a version's entry. */
export function commitKey(version: TableVersion): string {
  return `${versionPrefix(version)}.json`
}

/** Lists entries and checkpoints from the version on, that one included. */
export async function listLog(store: ObjectStore, from: TableVersion): Promise<LogListing> {
  const commits: ListedCommit[] = []
  const checkpoints: TableVersion[] = []
  for await (const { key, modified } of store.list(FOLDER, versionPrefix(from))) {
    if (key > AFTER_DIGITS) break
    const name = NAME.exec(key.slice(FOLDER.length))
    const version = Number(name?.groups?.version)
    if (!Number.isSafeInteger(version)) continue
    if (name?.groups?.kind === 'json') commits.push({ version: tableVersion(version), modified })
    else checkpoints.push(tableVersion(version))
  }
  return { commits, checkpoints }
}

/** Greater than every name that begins with a digit: `_last_checkpoint` and the like come after it. */
const AFTER_DIGITS = `${FOLDER}:`

const NAME = /^(?<version>\d{20})\.(?<kind>json|checkpoint\.(?:.+\.)?(?:parquet|json))$/

function versionPrefix(version: TableVersion): string {
  return FOLDER + String(version).padStart(VERSION_DIGITS, '0')
}
