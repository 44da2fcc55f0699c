// The protocol and the metaData that count at a version, without the table's files: out of the newest checkpoint before
// it, of which those columns alone are read, and the entries since.

import { readCheckpointRules } from '#delta/checkpoint/reader'
import { type ListedCheckpoint, listLog } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { entriesOf, rulesAfter, type TableRules } from '#table-copy/log/entries'
import { type CopyWork, tried } from '#table-copy/pass/work'

/** Reads the rules at a version of the table in the store. Throws GoneAtSource, TABLE_CORRUPT, TABLE_UNSUPPORTED. */
export async function rulesAt(work: CopyWork, store: ObjectStore, version: TableVersion): Promise<TableRules> {
  const { commits, checkpoints } = await tried(work, () => listLog(store, tableVersion(0)))
  const usable = checkpoints.filter((checkpoint) => checkpoint.version <= version && checkpoint.missingParts === 0)
  for (const checkpoint of usable.toReversed()) {
    const rules = await rulesIn(work, store, checkpoint)
    const last = commits.some((commit) => commit.version === version) ? version : checkpoint.version
    if (rules !== undefined) return rulesSince(work, store, { first: checkpoint.version + 1, last, rules })
  }
  return rulesSince(work, store, { first: 0, last: version, rules: {} })
}

/** Undefined when the checkpoint cannot be read: an older one may do. */
async function rulesIn(work: CopyWork, store: ObjectStore, checkpoint: ListedCheckpoint) {
  try {
    return await tried(work, () => readCheckpointRules(store, checkpoint))
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'TABLE_CORRUPT') return undefined
    throw error
  }
}

async function rulesSince(
  work: CopyWork,
  store: ObjectStore,
  { first, last, rules }: { readonly first: number; readonly last: number; readonly rules: Partial<TableRules> },
): Promise<TableRules> {
  let found = rules
  for await (const { content } of entriesOf(work, store, { first, last })) found = rulesAfter(found, content)
  return wholeRules(store, found, last)
}

/** Throws TABLE_CORRUPT unless both are there. */
export function wholeRules({ url }: ObjectStore, rules: Partial<TableRules>, version: number): TableRules {
  const { protocol, metadata } = rules
  if (protocol !== undefined && metadata !== undefined) return { protocol, metadata }
  const lacking = protocol === undefined ? 'protocol' : 'metaData'
  const message = `the Delta log at ${url} has no ${lacking} up to version ${version}; restore it from a backup`
  throw new PlatformError('TABLE_CORRUPT', message, { fields: { table: url, version } })
}
