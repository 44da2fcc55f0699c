// What stands in `_delta_log`, by name: entries, checkpoints and what else readers take for the log. Everything that
// begins with `_` right in it (the hint, the copier's own) is no part of the table; sidecars of checkpoints are.

import { commitKey, LOG_FOLDER } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'

/** The log's objects in one place. */
export interface LogObjects {
  /** Versions that have an entry, ascending. */
  readonly versions: readonly number[]
  /** Versions that have a whole checkpoint, ascending; one whose parts are not all there yet is none. */
  readonly checkpoints: readonly number[]
  /** The keys of every object that belongs to the log, entries too. */
  readonly keys: ReadonlySet<string>
}

const ENTRY = /^_delta_log\/(?<version>\d{20})\.json$/
const CHECKPOINT = /^_delta_log\/(?<version>\d{20})\.checkpoint\./
const PART = /\.checkpoint\.\d{10}\.(?<parts>\d{10})\.parquet$/
const SIDECAR = `${LOG_FOLDER}_sidecars/`

/** Lists the log of the table whose root the store is. */
export async function listLogObjects(store: ObjectStore): Promise<LogObjects> {
  const keys = new Set<string>()
  const versions: number[] = []
  for await (const { key } of store.list(LOG_FOLDER)) {
    if (!isOfLog(key)) continue
    keys.add(key)
    const version = entryVersion(key)
    if (version !== undefined) versions.push(version)
  }
  return { versions, checkpoints: wholeCheckpoints(keys), keys }
}

function wholeCheckpoints(keys: Iterable<string>): readonly number[] {
  const whole = new Set<number>()
  const found = new Map<string, number>()
  for (const key of keys) {
    const version = checkpointVersion(key)
    if (version === undefined) continue
    const parts = PART.exec(key)?.groups?.parts
    const id = `${version} of ${parts}`
    found.set(id, (found.get(id) ?? 0) + 1)
    if (parts === undefined || found.get(id) === Number(parts)) whole.add(version)
  }
  return [...whole]
}

/** Names in the log begin with a version, those of sidecars with an id. */
function isOfLog(key: string): boolean {
  return /^_delta_log\/\d{20}\./.test(key) || key.startsWith(SIDECAR)
}

/** The version of an entry's key. */
export function entryVersion(key: string): number | undefined {
  const version = ENTRY.exec(key)?.groups?.version
  return version === undefined ? undefined : Number(version)
}

/** The version of a checkpoint file's key. */
export function checkpointVersion(key: string): number | undefined {
  const version = CHECKPOINT.exec(key)?.groups?.version
  return version === undefined ? undefined : Number(version)
}

/** The key of a version's entry. */
export function entryKey(version: number): string {
  return commitKey(tableVersion(version))
}
