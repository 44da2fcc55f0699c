// What both sides say a table is at one version: whether it is the same table, and in the same state.

import { clonedMetadata } from '#delta/clone/create_clone'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { type Findings, START_ANEW } from '#table-copy/verify/differences'
import { type LoadedState, loadState } from '#table-copy/verify/load_state'
import { stateDifference } from '#table-copy/verify/same_state'

/** Both sides at one version. The source may have that version no more, and the target may be unreadable. */
export interface States {
  readonly version: TableVersion
  readonly source: LoadedState | undefined
  /** The source's table, which has an id even when the version is gone. */
  readonly sourceId: string
  readonly target: LoadedState | undefined
  /** Why there is none. */
  readonly targetFault: string | undefined
}

interface TwoStores {
  readonly source: ObjectStore
  readonly target: ObjectStore
}

/** Loads both. Throws what is wrong with the source, and STORE_ errors. */
export async function loadStates({ source, target }: TwoStores, version: TableVersion): Promise<States> {
  const ours = await loadState(source, { version })
  const theirs = await loadState(target, { version })
  // Log cleanup may have taken the version from the source, which is no fault.
  const newest = isCleaned(ours) ? await loadState(source, {}) : ours
  if (newest instanceof PlatformError) throw newest
  return { ...statesOf(version, ours, theirs), sourceId: newest.metadata.id }
}

/** The source's version as the table that it was handed out as would have it, and that table's own version 0. */
export async function loadHandOut({ source, target }: TwoStores, version: TableVersion): Promise<States> {
  const ours = await loadState(source, { version })
  const theirs = await loadState(target, { version: tableVersion(0) })
  if (ours instanceof PlatformError && !isCleaned(ours)) throw ours
  if (ours instanceof PlatformError || theirs instanceof PlatformError) {
    return { ...statesOf(version, ours, theirs), sourceId: theirs instanceof PlatformError ? '' : theirs.metadata.id }
  }
  const metadata = clonedMetadata(ours.metadata, theirs.metadata.id)
  return { ...statesOf(version, { ...ours, metadata, txns: new Map() }, theirs), sourceId: metadata.id }
}

type Loaded = LoadedState | PlatformError

function isCleaned(loaded: Loaded): boolean {
  return loaded instanceof PlatformError && loaded.code === 'TABLE_NOT_FOUND'
}

function statesOf(version: TableVersion, ours: Loaded, theirs: Loaded): Omit<States, 'sourceId'> {
  return {
    version,
    source: ours instanceof PlatformError ? undefined : ours,
    target: theirs instanceof PlatformError ? undefined : theirs,
    targetFault: theirs instanceof PlatformError ? theirs.message : undefined,
  }
}

/** Whether the two places hold tables of different ids. */
export function areTwoTables({ sourceId, target }: States): boolean {
  return target !== undefined && sourceId !== target.metadata.id
}

/**
 * Whose files are looked at: the source's while it has them. Undefined, and a finding, when nothing can be compared.
 */
export function comparableState(states: States, findings: Findings): LoadedState | undefined {
  const { version, source, sourceId, target, targetFault } = states
  if (areTwoTables(states)) {
    const fact = `the target holds another table (${target?.metadata.id}, not ${sourceId})`
    findings.add({ kind: 'another_table', side: 'target', message: `${fact}; copy the table to an empty place` })
    return undefined
  }
  if (source !== undefined) return source
  if (target !== undefined) {
    findings.note(
      `version ${version}: the source does not have it any more, so the target alone says which files it has`,
    )
  } else findings.add({ kind: 'other_state', side: 'target', version, message: `${targetFault}` })
  return target
}

/** Tells when the target reads as something else. */
export function tellStates({ version, source, target, targetFault }: States, findings: Findings): void {
  if (source === undefined) return
  const difference = target === undefined ? targetFault : stateDifference(source, target)
  if (difference === undefined) return
  const message = `version ${version} reads as something else at the target: ${difference}; ${START_ANEW}`
  findings.add({ kind: 'other_state', side: 'target', version, message })
}
