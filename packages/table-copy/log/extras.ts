// What stands in a log beside its entries: checkpoints with their sidecars, checksums, and the hint which checkpoint is
// the newest. Readers can do without, so what the source lost of them meanwhile is left out. Invariant: none comes to
// the target before its version is there, a checkpoint's main files come after its sidecars, and the hint names only a
// checkpoint that is there.

import { HINT_KEY, versionInHint } from '#delta/checkpoint/last_checkpoint'
import { checksumKey, type ListedCheckpoint, type LogListing, listLog } from '#delta/log/listing'
import { PlatformError } from '#runtime/errors'
import type { TableVersion } from '#runtime/units'
import { copyCheckpoint, putWhole } from '#table-copy/log/checkpoints'
import { type CopyWork, GoneAtSource, tried } from '#table-copy/pass/work'

/** Checkpoints and checksums that are to come. */
export type LogExtras = Pick<LogListing, 'checkpoints' | 'checksums'>

/** What of the source's extras the target lacks, of the versions in the range. */
export function missingExtras(
  source: LogListing,
  target: LogListing,
  { first, last }: { readonly first: number; readonly last: number },
): LogExtras {
  const there = new Set(target.checkpoints.filter(isWhole).flatMap(({ keys }) => keys))
  const checksums = new Set(target.checksums)
  const inRange = (version: TableVersion) => version >= first && version <= last
  return {
    checkpoints: source.checkpoints.filter(
      (checkpoint) => isWhole(checkpoint) && inRange(checkpoint.version) && !checkpoint.keys.every((k) => there.has(k)),
    ),
    checksums: source.checksums.filter((version) => inRange(version) && !checksums.has(version)),
  }
}

function isWhole({ missingParts }: ListedCheckpoint): boolean {
  return missingParts === 0
}

/** Copies the extras; those that the source has no more are passed over. */
export async function copyExtras(work: CopyWork, { checkpoints, checksums }: LogExtras): Promise<void> {
  for (const checkpoint of checkpoints) {
    try {
      await copyCheckpoint(work, checkpoint)
    } catch (error) {
      if (!(error instanceof GoneAtSource) && !isCorrupt(error)) throw error
      const fields = { table: work.source.url, version: checkpoint.version }
      work.options.logger?.warn(fields, 'a checkpoint of the source is gone or damaged and was not copied')
    }
  }
  for (const version of checksums) await copySmall(work, checksumKey(version))
}

async function copySmall(work: CopyWork, key: string): Promise<void> {
  const bytes = await tried(work, () => work.source.get(key))
  if (bytes !== undefined) await putWhole(work, key, bytes)
}

function isCorrupt(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'TABLE_CORRUPT'
}

/** Brings the target's hint up to the source's, if the checkpoint that it names is at the target; never back. */
export async function copyHint(work: CopyWork): Promise<void> {
  const [ours, theirs] = await Promise.all([
    tried(work, () => work.source.get(HINT_KEY)),
    tried(work, () => work.target.get(HINT_KEY)),
  ])
  const version = ours === undefined ? undefined : versionInHint(ours)
  if (ours === undefined || version === undefined) return
  const known = theirs === undefined ? undefined : versionInHint(theirs)
  if (known !== undefined && known >= version) return
  const { checkpoints } = await tried(work, () => listLog(work.target, version))
  const isThere = checkpoints.some((checkpoint) => checkpoint.version === version && isWhole(checkpoint))
  if (isThere) await tried(work, () => work.target.put(HINT_KEY, ours))
}
