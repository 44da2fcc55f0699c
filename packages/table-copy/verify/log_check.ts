// Compares two logs: the bytes of every object that both have. A checkpoint may have other bytes and still say the
// same, since two writers may have written it; then its state is compared.

import { readCheckpoint } from '#delta/checkpoint/reader'
import { type ListedCheckpoint, listLog } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { tableVersion } from '#runtime/units'
import { REPLACE_IT, START_ANEW } from '#table-copy/verify/differences'
import { eachRead, stopped } from '#table-copy/verify/each_read'
import { loadState } from '#table-copy/verify/load_state'
import { checkpointVersion, entryKey, entryVersion } from '#table-copy/verify/log_objects'
import { firstDifference, haveSameBytes } from '#table-copy/verify/same_bytes'
import { stateDifference, type TableState } from '#table-copy/verify/same_state'
import { checkVersions, type LogPair, versionsText } from '#table-copy/verify/version_check'

/** The two logs, and who is told of the work. */
export interface LogsToCheck extends LogPair {
  readonly signal?: AbortSignal | undefined
  /** Told after each object; the bytes are those of an entry that both sides have alike. */
  readonly onCompared?: (entry?: { readonly version: number; readonly bytes: Uint8Array }) => void
}

/** What was compared. */
export interface LogCompared {
  readonly entries: number
  /** Checkpoints of the target, by the files they consist of. */
  readonly checkpointFiles: number
}

/** The objects of the target's log that the source has, too. */
export function sharedKeys({ sourceLog, targetLog }: Pick<LogsToCheck, 'sourceLog' | 'targetLog'>): readonly string[] {
  return [...targetLog.keys].filter((key) => sourceLog.keys.has(key))
}

/** Compares versions and bytes. Throws STORE_ errors and STOPPED; everything else is a finding. */
export async function checkLog(logs: LogsToCheck): Promise<LogCompared> {
  await checkVersions(logs)
  const changed = new Set<number>()
  let [entries, checkpointFiles] = [0, 0]
  const check = async (key: string) => {
    const version = entryVersion(key)
    if (version !== undefined) return void ((await checkEntry(logs, version)) && entries++)
    const same = await haveSameBytes(logs.source, logs.target, key)
    const ofCheckpoint = checkpointVersion(key)
    if (!same && ofCheckpoint === undefined) await tellChanged(logs, key)
    if (same && ofCheckpoint !== undefined) checkpointFiles++
    if (!same && ofCheckpoint !== undefined) changed.add(ofCheckpoint)
    logs.onCompared?.()
  }
  await eachRead(sharedKeys(logs), check, logs.signal)
  for (const version of checkpointsAlone(logs)) changed.add(version)
  return { entries, checkpointFiles: checkpointFiles + (await checkStates(logs, changed)) }
}

/** Whether the entry is the same on both sides. One that log cleanup took from the source meanwhile is passed over. */
async function checkEntry(logs: LogsToCheck, version: number): Promise<boolean> {
  const { source, target, findings, onCompared } = logs
  const key = entryKey(version)
  const [ours, theirs] = await Promise.all([source.get(key), target.get(key)])
  const same = ours !== undefined && theirs !== undefined && Buffer.compare(ours, theirs) === 0
  onCompared?.(same ? { version, bytes: ours } : undefined)
  if (ours === undefined || same) return same
  if (theirs === undefined) {
    const message = `version ${version}: ${key} is gone from the target; ${REPLACE_IT}`
    findings.add({ kind: 'entry_missing', side: 'target', key, version, message })
    return false
  }
  const from = firstDifference(ours, theirs)
  const fact = `version ${version}: ${key} at the target differs from the source's from byte ${from} on`
  const message = `${fact}; if it was damaged, ${REPLACE_IT}; if somebody else wrote it, ${START_ANEW}`
  findings.add({ kind: 'entry_changed', side: 'target', key, version, message })
  return false
}

/** A file beside the entries that readers take for the log, such as a checksum or a checkpoint's sidecar. */
async function tellChanged({ source, target, findings }: LogsToCheck, key: string): Promise<void> {
  if ((await source.sizeOf(key)) === undefined) return
  const what = (await target.sizeOf(key)) === undefined ? 'is gone' : "differs from the source's"
  const message = `${key} at the target ${what}, and readers may rely on it; ${REPLACE_IT}`
  findings.add({ kind: 'checkpoint_changed', side: 'target', key, message })
}

/** Versions with checkpoint files that only the target has. */
function checkpointsAlone({ sourceLog, targetLog }: LogsToCheck): readonly number[] {
  return [...targetLog.keys].filter((key) => !sourceLog.keys.has(key)).flatMap((key) => checkpointVersion(key) ?? [])
}

/** Compares the states of the target's checkpoints at these versions; how many files of theirs say what they should. */
async function checkStates(logs: LogsToCheck, versions: ReadonlySet<number>): Promise<number> {
  const [first] = [...versions].sort((a, b) => a - b)
  if (first === undefined) return 0
  const { checkpoints } = await listLog(logs.target, tableVersion(first))
  const { sourceLog } = logs
  const oldest = Math.min(
    sourceLog.versions[0] ?? Number.POSITIVE_INFINITY,
    sourceLog.checkpoints[0] ?? Number.POSITIVE_INFINITY,
  )
  const uncompared: number[] = []
  let sound = 0
  for (const checkpoint of checkpoints) {
    if (!versions.has(checkpoint.version) || checkpoint.missingParts > 0) continue
    if (logs.signal?.aborted) throw stopped()
    const outcome = await checkCheckpoint(logs, { ...checkpoint, oldest })
    if (outcome === 'same') sound += checkpoint.keys.length
    if (outcome === 'uncompared') uncompared.push(checkpoint.version)
  }
  tellUncompared(logs, uncompared)
  return sound
}

/** `oldest`: no version before it is at the source, so none of them is looked for there. */
async function checkCheckpoint(
  { source, target, findings }: LogsToCheck,
  checkpoint: ListedCheckpoint & { readonly oldest: number },
): Promise<'same' | 'different' | 'uncompared'> {
  const { version, keys, oldest } = checkpoint
  const key = keys[0] ?? ''
  const tell = (what: string) => {
    const message = `the target's checkpoint ${key} ${what}; ${REPLACE_IT}`
    findings.add({ kind: 'checkpoint_changed', side: 'target', key, version, message })
    return 'different' as const
  }
  const found = await checkpointState(target, checkpoint)
  if (found instanceof PlatformError) return tell(`cannot be read: ${found.message}`)
  const wanted = version < oldest ? undefined : await loadState(source, { version })
  if (wanted === undefined || wanted instanceof PlatformError) return 'uncompared'
  const difference = stateDifference(wanted, found)
  if (difference === undefined) return 'same'
  return tell(`says something else than the source at version ${version}: ${difference}`)
}

function tellUncompared({ findings }: LogsToCheck, versions: readonly number[]): void {
  if (versions.length === 0) return
  const checkpoints = `${counted(versions.length, 'checkpoint')} of ${versionsText(versions)}`
  findings.note(`${checkpoints}: the source does not have what to compare with any more`)
}

async function checkpointState(store: ObjectStore, checkpoint: ListedCheckpoint): Promise<TableState | PlatformError> {
  try {
    return await readCheckpoint(store, checkpoint)
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'TABLE_CORRUPT') return error
    throw error
  }
}
