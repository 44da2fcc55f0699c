// Which versions each of two logs has. A target that lacks the newest is behind, one that lacks the oldest began at a
// checkpoint; one that has more than its source, or a gap, was written by somebody else or is damaged.

import type { ObjectStore } from '#object-store/object_store'
import { type EpochMs, tableVersion } from '#runtime/units'
import { readEntry } from '#table-copy/files/entry_files'
import { type Findings, REPLACE_IT, START_ANEW } from '#table-copy/verify/differences'
import { entryKey, type LogObjects } from '#table-copy/verify/log_objects'

/** The two tables, their logs, and where what is found goes. */
export interface LogPair {
  readonly source: ObjectStore
  readonly target: ObjectStore
  /** Listed after the target's, so that a copier at work makes the target no newer than it. */
  readonly sourceLog: LogObjects
  readonly targetLog: LogObjects
  readonly findings: Findings
}

/** Versions of a gap, or at the end, that are looked for one by one. */
const LOOKS_MAX = 64

/** Tells what one log has and the other lacks, as far as it matters. Throws STORE_ errors. */
export async function checkVersions(logs: LogPair): Promise<void> {
  const { sourceLog, targetLog, findings } = logs
  const newest = sourceLog.versions.at(-1) ?? -1
  await tellExtra(
    logs,
    targetLog.versions.filter((version) => version > newest),
  )
  const older = targetLog.versions.filter((version) => version < (sourceLog.versions[0] ?? 0))
  if (older.length > 0) {
    findings.note(`${versionsText(older)}: only the target still has them, so their bytes were not compared`)
  }
  await tellGaps(logs)
}

/** Looked for again one by one: a listing of a folder that is written to may pass over some, though not over many. */
async function tellExtra({ source, findings }: LogPair, versions: readonly number[]): Promise<void> {
  const extra: number[] = []
  for (const [i, version] of versions.entries()) {
    if (i >= LOOKS_MAX || (await source.sizeOf(entryKey(version))) === undefined) extra.push(version)
  }
  const first = extra[0]
  if (first === undefined) return
  const fact = `${versionsText(extra)}: only at the target, and newer than all of the source's`
  const message = `${fact}; somebody else writes to the target: ${START_ANEW}`
  findings.add({ kind: 'entry_extra', side: 'target', key: entryKey(first), version: first, message })
}

/**
 * A copy goes on at a checkpoint when the source lacks what the versions before it need: then they are rightly absent.
 * Any other gap is damage.
 */
async function tellGaps({ source, target, targetLog, findings }: LogPair): Promise<void> {
  const starts = new Set(targetLog.checkpoints)
  for (const { from, to } of gapsOf(targetLog.versions)) {
    // Of a long gap nobody needs each version looked for.
    const versions = Array.from({ length: Math.min(to - from + 1, LOOKS_MAX) }, (_, i) => from + i)
    if (!(await some(versions, async (version) => (await target.sizeOf(entryKey(version))) === undefined))) continue
    const text = from === to ? `version ${from}` : `versions ${from} to ${to}`
    if (starts.has(to + 1) && (await some(versions, async (version) => !(await isWhole(source, version))))) {
      findings.note(`${text}: not at the target, which went on at the checkpoint of version ${to + 1}`)
      continue
    }
    const key = entryKey(from)
    const what = from === to ? key : `${key} and what follows it`
    const fact = `${text}: the target's log lacks ${what}, so readers cannot get past version ${from - 1}`
    findings.add({ kind: 'entry_missing', side: 'target', key, version: from, message: `${fact}; ${REPLACE_IT}` })
  }
}

/** Whether the source still has the version's entry, and all that a copy of it needs. */
async function isWhole(source: ObjectStore, version: number): Promise<boolean> {
  const bytes = await source.get(entryKey(version))
  if (bytes === undefined) return false
  const { files } = readEntry(bytes, { url: source.url, version: tableVersion(version), modified: 0 as EpochMs })
  return !(await some(files, async ({ key }) => (await source.sizeOf(key)) === undefined))
}

async function some<T>(items: readonly T[], isSo: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (await isSo(item)) return true
  return false
}

function gapsOf(versions: readonly number[]): { readonly from: number; readonly to: number }[] {
  return versions.flatMap((version, i) => {
    const before = versions[i - 1]
    return before === undefined || before + 1 === version ? [] : [{ from: before + 1, to: version - 1 }]
  })
}

/** `version 4`, or `versions 4 to 12` by the first and the last of them. */
export function versionsText(versions: readonly number[]): string {
  const [first, last] = [versions[0], versions.at(-1)]
  return first === last ? `version ${first}` : `versions ${first} to ${last}`
}
