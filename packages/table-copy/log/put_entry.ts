// Puts one log entry at the target: these very bytes at this version, once. Any answer but 'created' leaves the outcome
// unknown until the version is read back: the same bytes mean that it is there, whoever put them, and others mean that
// the target has a history of its own. Since only the same bytes are ever put to one version, a delayed PUT can do no
// harm.

import { commitKey } from '#delta/log/listing'
import type { TableVersion } from '#runtime/units'
import { diverged, incomplete, isPrefix, sameBytes } from '#table-copy/log/divergence'
import { type CopyWork, tried } from '#table-copy/pass/work'

/** An entry of the source. */
export interface SourceEntry {
  readonly version: TableVersion
  readonly bytes: Uint8Array
}

/** Whether the entry was written now, or was there. Throws TABLE_CONFLICT, STOPPED, STORE_ errors. */
export async function putEntry(work: CopyWork, entry: SourceEntry): Promise<'written' | 'there'> {
  const { target } = work
  const key = commitKey(entry.version)
  return tried(work, async () => {
    const outcome = await target.putIfAbsent(key, entry.bytes).catch((error: unknown) => ({ error }))
    if (outcome === 'created') return 'written'
    const found = await target.get(key)
    if (found !== undefined && sameBytes(found, entry.bytes)) return 'there'
    if (found !== undefined && !isPrefix(found, entry.bytes)) throw diverged(work, entry.version)
    if (typeof outcome === 'object') throw outcome.error
    throw incomplete(work, entry.version, found)
  })
}
