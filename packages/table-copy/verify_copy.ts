// Proves that a target holds its source: the bytes of the log, the size of every live file on both sides, and the rows
// by the footers at the target. Only reads. A table that is written, copied or cleaned meanwhile is not called wrong:
// the target is looked at first, and what seems to be missing is looked for again. What differs comes back as values.

import { originOf } from '#delta/clone/origin'
import { bytesIn } from '#delta/data_file/statistics'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { type Difference, Findings } from '#table-copy/verify/differences'
import { checkFiles, listFiles, type NeededObjects, neededObjects, type Suspects } from '#table-copy/verify/file_check'
import type { LoadedState } from '#table-copy/verify/load_state'
import { checkLog, sharedKeys } from '#table-copy/verify/log_check'
import { type LogObjects, listLogObjects } from '#table-copy/verify/log_objects'
import { OlderFiles } from '#table-copy/verify/older_files'
import { withRetriedReads } from '#table-copy/verify/retried_reads'
import { checkRows } from '#table-copy/verify/row_check'
import {
  areTwoTables,
  comparableState,
  loadHandOut,
  loadStates,
  type States,
  tellStates,
} from '#table-copy/verify/states'

export type { Difference, DifferenceKind } from '#table-copy/verify/differences'

/** What a verification needs besides the two places. */
export interface VerifyOptions {
  readonly clock: Clock
  /** A number in [0, 1): spreads retries. */
  readonly random: () => number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: VerifyProgress) => void
}

/** How far it is: the log's objects, then files, then rows of each file. */
export interface VerifyProgress {
  readonly step: 'log' | 'files' | 'rows'
  readonly done: number
  readonly planned: number
}

/** What was compared and what differs. The copy is sound when `differenceCount` is 0. */
export interface VerifyReport {
  readonly source: string
  readonly target: string
  /** The newest version that both have: its files and rows were compared. */
  readonly version: TableVersion
  readonly sourceVersion: TableVersion
  readonly targetVersion: TableVersion
  /** Given when the target is no copy, but was handed out: the version of the source that it was made of. */
  readonly handedOut?: TableVersion
  /** Log entries that have the same bytes on both sides. */
  readonly entries: number
  /** Files of checkpoints at the target that say what they should. */
  readonly checkpointFiles: number
  /** Live data files, with the files of their deletion vectors. */
  readonly files: number
  /** Of the live data files, by the log. */
  readonly bytes: number
  /** In the table at the target; null when a file of it could not be counted. */
  readonly rows: number | null
  /** The first of them. */
  readonly differences: readonly Difference[]
  readonly differenceCount: number
  /** What is no difference, but worth knowing: a target that is behind, history that one side alone has. */
  readonly notes: readonly string[]
}

/**
 * Compares the tables whose roots the stores are; a target that the source was handed out to is held to the version
 * that it was made of. Throws TABLE_NOT_FOUND when one of them is not there, errors of the source's log, STORE_ errors
 * that stay, and STOPPED; what is wrong with the copy is in the report.
 */
export async function verifyCopy(
  sourceStore: ObjectStore,
  targetStore: ObjectStore,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const [source, target] = [withRetriedReads(sourceStore, options), withRetriedReads(targetStore, options)]
  // The target first: a copier at work then makes the source's log no older than it.
  const targetLog = await listLogObjects(target)
  const sourceLog = await listLogObjects(source)
  const logs = { source, target, sourceLog, targetLog }
  const versions = versionsOf(logs)
  const states = await loadStates(logs, versions.version)
  const work = { ...logs, versions, states, options, findings: new Findings() }
  const origin = areTwoTables(states) ? await originOf(target) : undefined
  const isHandOut = origin !== undefined && origin.tableId === states.sourceId
  return isHandOut ? compareHandOut(work, tableVersion(origin.version)) : compareCopy(work)
}

async function compareCopy(work: VerifyWork): Promise<VerifyReport> {
  const { versions, states, findings } = work
  const state = comparableState(states, findings)
  if (state === undefined) return reportOf(work, {})
  tellLag(findings, versions)
  const files = { ...work, state, needed: neededObjects(state.files.values(), state.root) }
  const log = await compareLogs(files, await listFiles(files))
  // With damage in the log it is no wonder when the target reads as something else.
  if (findings.count === 0) tellStates(states, findings)
  return reportOf(work, { ...log, ...(await compareFiles(files)) })
}

/** The log of a hand-out is its own, so its version 0 is held to the state that it was made of. */
async function compareHandOut(work: VerifyWork, handedOut: TableVersion): Promise<VerifyReport> {
  const { findings, versions } = work
  const states = await loadHandOut(work, handedOut)
  const state = comparableState(states, findings)
  if (versions.targetVersion > 0) {
    const text = counted(versions.targetVersion, 'version')
    findings.note(`the target is a table of its own and has gone on by ${text}, which were not compared`)
  }
  if (state === undefined) return reportOf(work, { handedOut })
  tellStates(states, findings)
  const files = { ...work, state, needed: neededObjects(state.files.values(), state.root) }
  await listFiles(files)
  return reportOf(work, { version: handedOut, handedOut, ...(await compareFiles(files)) })
}

function reportOf({ source, target, versions, findings }: VerifyWork, compared: Partial<VerifyReport>): VerifyReport {
  const { differences, count: differenceCount, notes } = findings
  const nothing = { entries: 0, checkpointFiles: 0, files: 0, bytes: 0, rows: null }
  const places = { source: source.url, target: target.url }
  return { ...places, ...versions, ...nothing, ...compared, differences, differenceCount, notes }
}

interface Versions {
  readonly version: TableVersion
  readonly sourceVersion: TableVersion
  readonly targetVersion: TableVersion
}

interface Logs {
  readonly source: ObjectStore
  readonly target: ObjectStore
  readonly sourceLog: LogObjects
  readonly targetLog: LogObjects
}

function versionsOf({ source, target, sourceLog, targetLog }: Logs): Versions {
  const sourceVersion = newestOf(source, sourceLog, 'name the place of a Delta table')
  const targetVersion = newestOf(target, targetLog, 'copy the table there first')
  return { version: tableVersion(Math.min(sourceVersion, targetVersion)), sourceVersion, targetVersion }
}

/** A copy that began at a checkpoint may have been killed before the entry of that version was there. */
function newestOf(store: ObjectStore, { versions, checkpoints }: LogObjects, advice: string): TableVersion {
  const newest = Math.max(versions.at(-1) ?? -1, checkpoints.at(-1) ?? -1)
  if (newest >= 0) return tableVersion(newest)
  throw new PlatformError('TABLE_NOT_FOUND', `there is no Delta table at ${store.url}; ${advice}`)
}

function tellLag(findings: Findings, { sourceVersion, targetVersion }: Versions): void {
  const behind = sourceVersion - targetVersion
  if (behind <= 0) return
  const lag = `the target is ${counted(behind, 'version')} behind the source`
  findings.note(`${lag}; the next copy brings ${behind === 1 ? 'it' : 'them'}`)
}

/** What all steps share. */
interface VerifyWork extends Logs {
  readonly versions: Versions
  readonly states: States
  readonly findings: Findings
  readonly options: VerifyOptions
}

interface FilesToCompare extends VerifyWork {
  readonly needed: NeededObjects
  readonly state: LoadedState
}

/** Compares the logs; the entries on the way tell which of the suspects belong to older versions of the table. */
async function compareLogs(tables: FilesToCompare, suspects: Suspects) {
  const tell = progress(tables, 'log', sharedKeys(tables).length)
  const older = new OlderFiles(tables, suspects)
  const log = await checkLog({
    ...tables,
    signal: tables.options.signal,
    onCompared: (entry) => {
      if (entry !== undefined) older.take(entry)
      tell()
    },
  })
  older.tell()
  return log
}

async function compareFiles(tables: FilesToCompare) {
  const { signal } = tables.options
  const sound = await checkFiles({ ...tables, signal, onChecked: progress(tables, 'files', tables.needed.size) })
  const { files, root } = tables.state
  const onCounted = progress(tables, 'rows', files.size)
  const rows = await checkRows({ ...tables, files: files.values(), root, sound, signal, onCounted })
  return { files: tables.needed.size, bytes: bytesIn([...files.values()]), rows }
}

function progress({ options }: FilesToCompare, step: VerifyProgress['step'], planned: number): () => void {
  let done = 0
  return () => options.onProgress?.({ step, done: ++done, planned })
}
