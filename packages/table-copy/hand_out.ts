// Hands out one version of a table as a new table: its live files, then one entry, version 0, that names them. Until
// that entry is there the target holds no table at all; afterwards it holds a whole one. A hand-out that was cut short
// goes on where it was, one that is done is left alone, and a target that holds anything else is refused.
// Source: docs/copy.md, Hand-outs.

import { createClone, requireCloneable } from '#delta/clone/create_clone'
import { type CloneOrigin, originOf } from '#delta/clone/origin'
import { listLog } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { filesOf, type NamedFile } from '#table-copy/files/entry_files'
import { runWindow } from '#table-copy/files/window'
import { COPY_BEGINNINGS_MAX } from '#table-copy/limits'
import type { CopyOptions } from '#table-copy/pass'
import { beginWork, type CopyWork, GoneAtSource, tellProgress, tried } from '#table-copy/pass/work'
import { type LoadedState, loadState } from '#table-copy/verify/load_state'

/** What a hand-out needs besides its two places. */
export interface HandOutOptions extends Omit<CopyOptions, 'previous'> {
  /** The source's newest by default. */
  readonly version?: TableVersion
  /** A new globally unique id (UUID). */
  readonly newId: () => string
}

/** How it ended: the target is a table of its own, at its version 0 or later, with the rows of the source's version. */
export interface HandOutOutcome {
  /** `there`: an earlier hand-out of this version is at the target, and nothing was written. */
  readonly kind: 'handed_out' | 'there'
  readonly version: TableVersion
  /** Files that were written, and their bytes. */
  readonly files: number
  readonly bytes: number
  /** Files that were at the target already. */
  readonly skippedFiles: number
}

/**
 * Makes the hand-out. The stores are the tables' roots. Throws TABLE_CONFLICT when the target holds another table, or
 * the hand-out of another version; TABLE_NOT_FOUND and TABLE_CORRUPT when the source lacks the version or a file of it;
 * TABLE_UNSUPPORTED, before anything is written, for what a new table would lose; STOPPED; STORE_ errors. The same call
 * may then be made again.
 */
export async function handOut(
  source: ObjectStore,
  target: ObjectStore,
  options: HandOutOptions,
): Promise<HandOutOutcome> {
  const work = beginWork(source, target, options)
  for (let round = 1; ; round++) {
    const state = await stateOf(work, options.version)
    try {
      return await handOutState(work, state, options)
    } catch (error) {
      if (!(error instanceof GoneAtSource)) throw error
      // Compaction and vacuum took it: the newest version needs it no more.
      if (options.version !== undefined || round >= COPY_BEGINNINGS_MAX) throw gone(work, error)
      options.logger?.warn(
        { table: source.url, version: error.version, cause: error.message },
        'a newer version is taken',
      )
    }
  }
}

async function stateOf(work: CopyWork, version: TableVersion | undefined): Promise<LoadedState> {
  const state = await tried(work, () => loadState(work.source, version === undefined ? {} : { version }))
  if (state instanceof PlatformError) throw state
  return state
}

async function handOutState(work: CopyWork, state: LoadedState, options: HandOutOptions): Promise<HandOutOutcome> {
  const { source, target, tally } = work
  requireCloneable(source.url, state.protocol)
  const files = filesOf(state.files.values(), { url: source.url, version: state.version })
  if ((await takenBy(work)) !== undefined) return requireOurs(work, state)
  plan(work, files)
  let outcome: HandOutOutcome | undefined
  const finish = async () => {
    const made = await createClone(target, { snapshot: state, url: source.url }, options)
    const { files: written, bytes, skippedFiles } = tally
    const done = { kind: 'handed_out', version: state.version, files: written, bytes, skippedFiles } as const
    outcome = made === 'created' ? done : await requireOurs(work, state)
  }
  await runWindow(work, one({ files, bytes: 0, finish }))
  if (outcome === undefined) throw new Error('the files are there, but version 0 was not put')
  work.progress.version = tableVersion(0)
  tellProgress(work)
  return outcome
}

async function* one<T>(item: T): AsyncGenerator<T, void, void> {
  yield item
}

function plan(work: CopyWork, files: readonly NamedFile[]): void {
  const bytesPlanned = files.reduce((sum, { size }) => sum + (size ?? 0), 0)
  Object.assign(work.progress, { to: tableVersion(0), files: 0, bytes: 0, filesPlanned: files.length, bytesPlanned })
  tellProgress(work)
}

/** What the target holds: an earlier hand-out, `another` table, or nothing. */
async function takenBy(work: CopyWork): Promise<CloneOrigin | 'another' | undefined> {
  const { commits, checkpoints } = await tried(work, () => listLog(work.target, tableVersion(0)))
  if (commits.length + checkpoints.length === 0) return undefined
  return (await tried(work, () => originOf(work.target))) ?? 'another'
}

/** The outcome for a target that holds this very hand-out. Throws TABLE_CONFLICT when it holds anything else. */
async function requireOurs(work: CopyWork, { metadata, version }: LoadedState): Promise<HandOutOutcome> {
  const origin = await takenBy(work)
  const isOfTable = origin !== undefined && origin !== 'another' && origin.tableId === metadata.id
  if (!isOfTable) throw conflict(work, 'there is another table already', 'hand the table out to an empty place')
  if (origin.version === version) return { kind: 'there', version, files: 0, bytes: 0, skippedFiles: 0 }
  const fact = `there is version ${origin.version} of this table already, not version ${version}`
  throw conflict(work, fact, `hand it out to an empty place, or ask for --version ${origin.version}`)
}

function conflict({ target }: CopyWork, fact: string, advice: string): PlatformError {
  const message = `${target.url}: ${fact}; nothing was changed; ${advice}`
  return new PlatformError('TABLE_CONFLICT', message, { fields: { table: target.url } })
}

function gone({ source }: CopyWork, cause: GoneAtSource): PlatformError {
  const message = `${source.url}: ${cause.message}; hand out a newer version, or restore the file from a backup`
  return new PlatformError('TABLE_CORRUPT', message, { cause, fields: { table: source.url, version: cause.version } })
}
