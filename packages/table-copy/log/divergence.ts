// Whether the target is what the source was: the newest entry that both have must be the same to the byte, since each
// commit has an id of its own. A target with a history of its own is never written to.

import { commitKey } from '#delta/log/listing'
import { PlatformError } from '#runtime/errors'
import type { TableVersion } from '#runtime/units'
import { type CopyWork, tried } from '#table-copy/pass/work'

/** Compares an entry of the target with the source's; `gone` when the source has it no more. Throws TABLE_CONFLICT. */
export async function compareEntry(work: CopyWork, version: TableVersion): Promise<'same' | 'gone'> {
  const key = commitKey(version)
  return tried(work, async () => {
    const [ours, theirs] = await Promise.all([work.source.get(key), work.target.get(key)])
    if (ours === undefined) return 'gone'
    if (theirs === undefined || isPrefix(theirs, ours)) throw incomplete(work, version, theirs)
    if (!sameBytes(ours, theirs)) throw diverged(work, version)
    return 'same'
  })
}

/** Said to exist, yet not all there: a crash on a filesystem without hard links, or an answer that was cut short. */
export function incomplete({ target }: CopyWork, version: TableVersion, found: Uint8Array | undefined): PlatformError {
  const key = commitKey(version)
  const fact =
    found === undefined
      ? `${target.url} said that ${key} exists, but does not have it`
      : `${key} at ${target.url} ends after ${found.byteLength} bytes`
  const message = `${fact}; if it stays so, delete that file at the target and copy again`
  return new PlatformError('STORE_FAILED', message, { retryable: true, fields: { target: target.url, version } })
}

/** The error for a version that the two tables tell differently. */
export function diverged({ source, target }: CopyWork, version: TableVersion): PlatformError {
  const fact = `version ${version} of the table at ${target.url} is not version ${version} of ${source.url}`
  const why = 'somebody else writes to the target, or it is a copy of another table'
  return conflict(`${fact}: ${why}`, { target: target.url, version })
}

/** The error for a target with versions that the source does not have. */
export function targetNewer(
  { source, target }: CopyWork,
  versions: { readonly source: TableVersion | undefined; readonly target: TableVersion },
): PlatformError {
  const newest = versions.source === undefined ? 'has none of that age' : `is at version ${versions.source}`
  const fact = `the table at ${target.url} has version ${versions.target}, but ${source.url} ${newest}`
  const why = 'somebody else writes to the target, or the source was restored or made anew'
  return conflict(`${fact}: ${why}`, { target: target.url, version: versions.target })
}

/** The error for a target that is another table. */
export function otherTable(
  { source, target }: CopyWork,
  ids: { readonly source: string; readonly target: string },
): PlatformError {
  const fact = `the table at ${target.url} has the id ${ids.target}, but ${source.url} has ${ids.source}`
  return conflict(`${fact}: it is another table`, { target: target.url })
}

function conflict(what: string, fields: Readonly<Record<string, string | number>>): PlatformError {
  const advice = 'nothing was overwritten; copy to an empty place'
  return new PlatformError('TABLE_CONFLICT', `${what}; ${advice}`, { fields })
}

/** Whether they are the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Whether the bytes are the beginning of the whole, and no more than that. */
export function isPrefix(bytes: Uint8Array, whole: Uint8Array): boolean {
  return bytes.byteLength < whole.byteLength && sameBytes(bytes, whole.subarray(0, bytes.byteLength))
}
