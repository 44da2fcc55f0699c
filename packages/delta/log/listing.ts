// Lists `_delta_log`: its entries, checkpoints and checksums, by their names. Everything else in it is ignored, as the
// protocol asks. Names sort by version, so one listing begins at the version asked for and ends before the other files.

import type { ObjectStore } from '#object-store/object_store'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

/** Where the log is. */
export const LOG_FOLDER = '_delta_log/'
const VERSION_DIGITS = 20

/** An entry that exists. */
export interface ListedCommit {
  readonly version: TableVersion
  readonly modified: EpochMs
}

/** A checkpoint that exists, whole or in part. */
export interface ListedCheckpoint {
  readonly version: TableVersion
  /** Its files, in the order of their names: one, or the parts of a multi-part checkpoint. */
  readonly keys: readonly string[]
  /** Parts that are not there: a writer is at it, or died. */
  readonly missingParts: number
  /** When the last of its files was written. */
  readonly modified: EpochMs
}

/** The log from some version on, ascending. */
export interface LogListing {
  readonly commits: readonly ListedCommit[]
  /** Of any kind: classic, multi-part and V2; a version may have several. */
  readonly checkpoints: readonly ListedCheckpoint[]
  /** Versions with a checksum file, as other writers leave beside their entries. */
  readonly checksums: readonly TableVersion[]
}

/** The key of a version's entry. */
export function commitKey(version: TableVersion): string {
  return `${versionPrefix(version)}.json`
}

/** The key of a version's checksum file. */
export function checksumKey(version: TableVersion): string {
  return `${versionPrefix(version)}.crc`
}

/** The key of a version's classic checkpoint. */
export function checkpointKey(version: TableVersion): string {
  return `${versionPrefix(version)}.checkpoint.parquet`
}

/**
 * Lists entries and checkpoints from the version on, that one included. An empty entry is none unless others follow it:
 * where files cannot be linked a writer claims a name by an empty file, and whoever took that for a commit without
 * actions would never look at its content. Source: docs/delta.md, Conditional PUT.
 */
export async function listLog(store: ObjectStore, from: TableVersion): Promise<LogListing> {
  const commits: ListedCommit[] = []
  const claimed: ListedCommit[] = []
  const checksums: TableVersion[] = []
  const checkpoints = new Map<string, ListedCheckpoint>()
  for await (const { key, size, modified } of store.list(LOG_FOLDER, versionPrefix(from))) {
    if (key > AFTER_DIGITS) break
    const name = NAME.exec(key.slice(LOG_FOLDER.length))?.groups
    const version = Number(name?.version)
    if (name === undefined || !Number.isSafeInteger(version)) continue
    if (name.kind === 'json') {
      claimed.push({ version: tableVersion(version), modified })
      if (size > 0) commits.push(...claimed.splice(0))
    } else if (name.kind === 'crc') checksums.push(tableVersion(version))
    else addCheckpoint(checkpoints, { key, modified, version: tableVersion(version), parts: name.parts })
  }
  return { commits, checkpoints: [...checkpoints.values()], checksums }
}

interface CheckpointFile {
  readonly key: string
  readonly modified: EpochMs
  readonly version: TableVersion
  /** How many parts its checkpoint has, when it is one of them. */
  readonly parts: string | undefined
}

function addCheckpoint(checkpoints: Map<string, ListedCheckpoint>, file: CheckpointFile): void {
  const { key, modified, version, parts } = file
  const id = parts === undefined ? key : `${version} of ${parts}`
  const known = checkpoints.get(id)
  const keys = [...(known?.keys ?? []), key]
  checkpoints.set(id, {
    version,
    keys,
    missingParts: Math.max(Number(parts ?? 1) - keys.length, 0),
    modified: Math.max(known?.modified ?? modified, modified) as EpochMs,
  })
}

/** Greater than every name that begins with a digit: `_last_checkpoint` and the like come after it. */
const AFTER_DIGITS = `${LOG_FOLDER}:`

/** Behind `checkpoint.`: one of some parts, or a V2 checkpoint's UUID, or nothing. */
const CHECKPOINT = String.raw`checkpoint\.(?:\d{10}\.(?<parts>\d{10})\.parquet|(?:[\w-]+\.)?parquet|[\w-]+\.json)`
const NAME = new RegExp(String.raw`^(?<version>\d{20})\.(?<kind>json|crc|${CHECKPOINT})$`)

function versionPrefix(version: TableVersion): string {
  return LOG_FOLDER + String(version).padStart(VERSION_DIGITS, '0')
}
