// What the Delta log itself must keep: an application's progress never goes back, and no file name is used twice.
// Read commit by commit, from the first entry that is left; a cleaned log begins at the state a checkpoint gives.

import { fileIdentity } from '#delta/data_file/identity'
import type { Long } from '#delta/log/actions'
import { type LogListing, listLog } from '#delta/log/listing'
import { readCommits } from '#delta/log/reader'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { type TableVersion, tableVersion } from '#runtime/units'
import type { Findings } from '#services/audit/verify/findings'

/** Checks all commits up to the snapshot. */
export async function checkDeltaLog(store: ObjectStore, snapshot: Snapshot, findings: Findings): Promise<void> {
  const listing = await listLog(store, tableVersion(0))
  const commits = listing.commits.filter((commit) => commit.version <= snapshot.version)
  const first = commits[0]
  if (first === undefined) return findings.note('no commit is left in the log, only a checkpoint: no history to check')
  const base = first.version === 0 ? undefined : await oldestState(store, listing, snapshot.version)
  if (first.version > 0) findings.note(`the log begins at version ${first.version}: older commits were cleaned up`)
  const seen: Seen = {
    files: new Set([...(base?.files.keys() ?? []), ...(base?.tombstones.keys() ?? [])]),
    txns: new Map([...(base?.txns.values() ?? [])].map((txn) => [txn.appId, txn.version])),
  }
  const wanted = base === undefined ? commits : commits.filter((commit) => commit.version > base.version)
  for await (const commit of readCommits(store, { commits: wanted }, base?.version)) {
    for (const add of commit.adds) {
      const file = fileIdentity(add, store.url)
      if (seen.files.has(file)) findings.add(`version ${commit.version} adds ${add.path}, which was added before`)
      seen.files.add(file)
    }
    for (const { appId, version } of commit.txns) {
      const known = seen.txns.get(appId)
      if (known !== undefined && version < known) {
        findings.add(`version ${commit.version} takes the txn of ${appId} back from ${known} to ${version}`)
      }
      seen.txns.set(appId, version)
    }
  }
}

/** The state at the oldest checkpoint that is whole. */
async function oldestState(
  store: ObjectStore,
  { checkpoints }: LogListing,
  newest: TableVersion,
): Promise<Snapshot | undefined> {
  const whole = checkpoints.find(({ version, missingParts }) => missingParts === 0 && version <= newest)
  return whole === undefined ? undefined : loadSnapshot(store, { version: whole.version })
}

interface Seen {
  readonly files: Set<string>
  readonly txns: Map<string, Long>
}
