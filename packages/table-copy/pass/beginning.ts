// Where a copy begins when the source lacks what its older versions need: entries that were cleaned, files that were
// vacuumed. It is the oldest checkpoint from which on the source has everything: no file that it names is missing, and
// none that a later entry names. One listing of the source's files and one reading of its entries tell: a missing file
// that was added at version a and removed at version r rules out every version before r.

import { readCheckpoint } from '#delta/checkpoint/reader'
import { LISTING_GAPS_MAX } from '#delta/limits'
import { commitKey, type ListedCheckpoint, LOG_FOLDER, type LogListing, listLog } from '#delta/log/listing'
import { PlatformError } from '#runtime/errors'
import { type TableVersion, tableVersion } from '#runtime/units'
import { filesOf, type NamedFile } from '#table-copy/files/entry_files'
import { entriesOf, type TableRules } from '#table-copy/log/entries'
import { requireCopyable } from '#table-copy/pass/features'
import { type CopyWork, GoneAtSource, tried } from '#table-copy/pass/work'

/** A checkpoint, and all that must be at the target before it. */
export interface Beginning {
  readonly checkpoint: ListedCheckpoint
  readonly files: readonly NamedFile[]
  readonly rules: TableRules
  /** The source's newest version when this was found out. */
  readonly to: TableVersion
}

/**
 * Finds the checkpoint; it comes after the version `after`, if that is given. Throws TABLE_CORRUPT when a file of the
 * newest version is missing, TABLE_CONFLICT when no checkpoint will do, GoneAtSource when the source changed meanwhile.
 */
export async function findBeginning(work: CopyWork, after: TableVersion | undefined): Promise<Beginning> {
  const first = tableVersion(after === undefined ? 0 : after + 1)
  const log = await tried(work, () => listLog(work.source, first))
  const to = log.commits.at(-1)?.version
  if (to === undefined) throw noCheckpoint(work, first)
  // After the log: what it names and is not listed now is gone.
  const present = await listDataFiles(work)
  const versions = await entriesThere(work, log, first)
  const gaps = await findGaps(work, versions, { first, present })
  const [lost] = gaps.lost.values()
  if (lost !== undefined) throw await lostFile(work, lost, to)
  const entries = new Set<number>(versions)
  for (const checkpoint of log.checkpoints) {
    if (checkpoint.version < gaps.usableFrom || checkpoint.missingParts > 0 || !entries.has(checkpoint.version))
      continue
    const beginning = await readBeginning(work, checkpoint, { to, present })
    if (beginning !== undefined) return beginning
  }
  throw noCheckpoint(work, gaps.usableFrom)
}

/** The keys of the source's objects, those of its log left out. */
async function listDataFiles({ source, ...work }: CopyWork): Promise<ReadonlySet<string>> {
  return tried({ source, ...work }, async () => {
    const keys = new Set<string>()
    for await (const { key } of source.list('')) if (!key.startsWith(LOG_FOLDER)) keys.add(key)
    return keys
  })
}

/** The versions that have an entry. A folder's listing may have passed over some: a short gap is looked at again. */
async function entriesThere(work: CopyWork, { commits }: LogListing, first: number): Promise<readonly TableVersion[]> {
  const versions: TableVersion[] = []
  let next = first
  for (const { version } of commits) {
    for (let missed = next; version - next <= LISTING_GAPS_MAX && missed < version; missed++) {
      const size = await tried(work, () => work.source.sizeOf(commitKey(tableVersion(missed))))
      if (size !== undefined) versions.push(tableVersion(missed))
    }
    versions.push(version)
    next = version + 1
  }
  return versions
}

/** What the entries need that is missing. */
interface Gaps {
  /** No version before this one can be made out of what is there. */
  readonly usableFrom: TableVersion
  /** Missing files that no entry removes, by key. */
  readonly lost: ReadonlyMap<string, NamedFile>
}

async function findGaps(
  work: CopyWork,
  versions: readonly TableVersion[],
  { first, present }: { readonly first: TableVersion; readonly present: ReadonlySet<string> },
): Promise<Gaps> {
  const lost = new Map<string, NamedFile>()
  let usableFrom: number = first
  let next: number = first
  for (const version of versions) {
    if (version > next) usableFrom = version
    next = version + 1
    for await (const { content } of entriesOf(work, work.source, { first: version, last: version })) {
      const gone = content.removed.filter((key) => !present.has(key))
      for (const key of gone) lost.delete(key)
      const missing = content.files.filter(({ key }) => !present.has(key))
      for (const file of missing) if (file.what !== 'change data file') lost.set(file.key, file)
      if (gone.length + missing.length > 0) usableFrom = version
    }
  }
  return { usableFrom: tableVersion(usableFrom), lost }
}

/** Undefined when the checkpoint cannot be read. */
async function readBeginning(
  work: CopyWork,
  checkpoint: ListedCheckpoint,
  { to, present }: { readonly to: TableVersion; readonly present: ReadonlySet<string> },
): Promise<Beginning | undefined> {
  const { version } = checkpoint
  const state = await stateOf(work, checkpoint)
  if (state === undefined) return undefined
  requireCopyable(work.source.url, state.protocol)
  const files = filesOf(state.files.values(), { url: work.source.url, version })
  const missing = files.find(({ key }) => !present.has(key))
  if (missing !== undefined) throw await lostFile(work, missing, to)
  const changes: NamedFile[] = []
  for await (const { content } of entriesOf(work, work.source, { first: version, last: version })) {
    // A vacuum takes change data after a while, though the entry goes on naming it.
    changes.push(...content.files.filter(({ what, key }) => what === 'change data file' && present.has(key)))
  }
  const rules = { protocol: state.protocol, metadata: state.metadata }
  return { checkpoint, files: [...files, ...changes], rules, to }
}

async function stateOf(work: CopyWork, checkpoint: ListedCheckpoint) {
  try {
    return await tried(work, () => readCheckpoint(work.source, checkpoint))
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'TABLE_CORRUPT') return undefined
    throw error
  }
}

/** A file of the newest version is lost for good, unless there is a newer version by now that may have removed it. */
async function lostFile(work: CopyWork, file: NamedFile, to: TableVersion): Promise<Error> {
  const { commits } = await tried(work, () => listLog(work.source, to))
  if ((commits.at(-1)?.version ?? to) > to) return new GoneAtSource(file.key, file.version)
  const { url } = work.source
  const fact = `the newest version of ${url} has the ${file.what} ${file.key}, which version ${file.version} names`
  const message = `${fact}, but it is not there; restore it from a backup, or remove its rows from the table`
  return new PlatformError('TABLE_CORRUPT', message, { fields: { table: url, file: file.key, version: file.version } })
}

function noCheckpoint({ source }: CopyWork, usableFrom: TableVersion): PlatformError {
  const fact = `older versions of ${source.url} lack entries or files that were cleaned or vacuumed`
  const need = `so the copy has to begin at a checkpoint of version ${usableFrom} or later, and there is none`
  const advice = 'write one (tickerlake checkpoint TABLE) and copy again'
  // The table's writer may be about to write one.
  const options = { retryable: true, fields: { table: source.url } }
  return new PlatformError('TABLE_CONFLICT', `${fact}, ${need}; ${advice}`, options)
}
