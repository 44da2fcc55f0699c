// Which files compaction merges: small ones of the same partition, in the order in which they were written, so that
// what a file holds stays close in time. Pure; the merging itself needs a Parquet engine and is the caller's.
// Invariant: a file stands in one group at most, and a group's files have the same partition values.

import { isAbsolute } from '#delta/data_file/path'
import { bytesIn } from '#delta/data_file/statistics'
import { COMPACT_FILES_MAX, SMALL_FILE_SHARE } from '#delta/limits'
import type { AddFile } from '#delta/log/actions'
import { partitionValue } from '#delta/schema/partition_value'
import type { Snapshot } from '#delta/snapshot'
import type { EpochMs } from '#runtime/units'

/** When and how far to merge. */
export interface CompactionPolicy {
  /** Size on disk that the merged files should come near to. */
  readonly targetBytes: number
  /** Small files that a partition must have to be worth a commit; at least 2. */
  readonly filesMin: number
  /** Only files that were written before this are looked at. */
  readonly writtenBefore?: EpochMs
}

/** Files to merge into one. */
export interface CompactionGroup {
  /** Of each partition column. */
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Two or more. */
  readonly files: readonly AddFile[]
  readonly bytes: number
}

/** The groups of a table that the policy asks to merge; none when all is well. */
export function planCompaction(snapshot: Snapshot, policy: CompactionPolicy): readonly CompactionGroup[] {
  if (policy.filesMin < 2) throw new Error('merging takes two files at least')
  const { partitionColumns } = snapshot.metadata
  const partitions = new Map<string, CompactionPartition>()
  for (const file of snapshot.files.values()) {
    if (!isSmall(file, policy)) continue
    const entries = partitionColumns.map((column) => [column, partitionValue(file, column)] as const)
    const key = JSON.stringify(entries)
    const partition = partitions.get(key) ?? { partitionValues: Object.fromEntries(entries), files: [] }
    partition.files.push(file)
    partitions.set(key, partition)
  }
  return [...partitions.values()]
    .filter(({ files }) => files.length >= policy.filesMin)
    .flatMap(({ partitionValues, files }) => pack(files, policy).map((bin) => groupOf(partitionValues, bin)))
}

interface CompactionPartition {
  readonly partitionValues: CompactionGroup['partitionValues']
  readonly files: AddFile[]
}

function isSmall(
  file: AddFile,
  { targetBytes, writtenBefore = Number.POSITIVE_INFINITY as EpochMs }: CompactionPolicy,
) {
  if (Number(file.size) >= targetBytes * SMALL_FILE_SHARE) return false
  if (Number(file.modificationTime) >= writtenBefore) return false
  // Whose they are is not for us to say.
  return !isAbsolute(file.path)
}

/** Next fit: as no file is larger than half a bin, every bin but the last is more than half full. */
function pack(files: readonly AddFile[], { targetBytes }: CompactionPolicy): AddFile[][] {
  const bins: AddFile[][] = []
  let room = 0
  for (const file of [...files].sort(byAge)) {
    const bytes = Number(file.size)
    const bin = bins.at(-1)
    if (bin === undefined || bytes > room || bin.length >= COMPACT_FILES_MAX) {
      bins.push([file])
      room = targetBytes - bytes
    } else {
      bin.push(file)
      room -= bytes
    }
  }
  return bins.filter((bin) => bin.length >= 2)
}

function byAge(a: AddFile, b: AddFile): number {
  return Number(a.modificationTime) - Number(b.modificationTime) || (a.path < b.path ? -1 : 1)
}

function groupOf(partitionValues: CompactionGroup['partitionValues'], files: readonly AddFile[]): CompactionGroup {
  return { partitionValues, files, bytes: bytesIn(files) }
}
