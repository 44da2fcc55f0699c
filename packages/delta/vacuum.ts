// Vacuum: which data files may be deleted, and deleting them. A file may go when no version within the retention names
// it and it is older than the retention, so that no writer is about to commit it. The objects are listed before the log
// is read: what is committed in between is then seen in the log. Source: PROTOCOL.md, Delta Log Entries and Writer
// Requirements for VACUUM Protocol Check; docs/delta.md, Compaction and vacuum.

import { fileLocation } from '#delta/data_file/path'
import { VACUUM_DELETES_MAX, VACUUM_RETENTION_MIN_MS } from '#delta/limits'
import { listLog } from '#delta/log/listing'
import { readCommits } from '#delta/log/reader'
import { requireWritable } from '#delta/protocol'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { tombstoneRetentionMs } from '#delta/table_properties'
import { inParallel } from '#object-store/in_parallel'
import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, epochMs, HOUR_MS, type TableVersion, tableVersion } from '#runtime/units'

/** What to look for. */
export interface VacuumOptions {
  readonly now: EpochMs
  /** At least VACUUM_RETENTION_MIN_MS unless forced; a forced shorter one is safe only while nobody writes or reads. */
  readonly retentionMs: number
  readonly force?: boolean
}

/** What was found. Nothing is deleted yet. */
export interface VacuumPlan {
  readonly version: TableVersion
  /** Files older than this may go. */
  readonly cutoff: EpochMs
  /** Not needed by any version within the retention, ascending by key. */
  readonly files: readonly ObjectInfo[]
  readonly bytes: number
  /** Data files that stay. */
  readonly keptFiles: number
}

/**
 * Finds what can be deleted; undefined when there is no table. Throws USAGE for a retention that is too short,
 * TABLE_UNSUPPORTED when the table has rules that we do not know, TABLE_CORRUPT, STORE_ errors.
 */
export async function planVacuum(store: ObjectStore, options: VacuumOptions): Promise<VacuumPlan | undefined> {
  requireRetention(options)
  const objects = await listDataFiles(store)
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) return undefined
  requireWritable(store.url, snapshot)
  const cutoff = epochMs(options.now - retentionOf(store, snapshot, options))
  const old = objects.filter((object) => object.modified < cutoff)
  const needed = new NeededFiles(store.url)
  for (const { path } of snapshot.files.values()) needed.add(path)
  for (const { path, deletionTimestamp } of snapshot.tombstones.values()) {
    if (Number(deletionTimestamp ?? 0) >= cutoff) needed.add(path)
  }
  await addNamedSince(store, cutoff, needed)
  const files = old.filter(({ key }) => !needed.has(key))
  return {
    version: snapshot.version,
    cutoff,
    files,
    bytes: files.reduce((bytes, file) => bytes + file.size, 0),
    keptFiles: objects.length - files.length,
  }
}

/** Deletes what the plan names, telling how far it got. A signal ends it early; what is left goes the next time. */
export async function executeVacuum(
  store: ObjectStore,
  plan: VacuumPlan,
  options: { readonly signal?: AbortSignal; readonly onDeleted?: (files: number) => void } = {},
): Promise<{ readonly deleted: number }> {
  let deleted = 0
  await inParallel(plan.files, VACUUM_DELETES_MAX, async ({ key }) => {
    if (options.signal?.aborted) return
    await store.delete(key)
    deleted++
    options.onDeleted?.(deleted)
  })
  return { deleted }
}

function requireRetention({ retentionMs, force = false }: VacuumOptions): void {
  if (retentionMs < 0) throw new Error('a retention is not negative')
  if (force || retentionMs >= VACUUM_RETENTION_MIN_MS) return
  const message =
    `a retention below ${VACUUM_RETENTION_MIN_MS / HOUR_MS} hours can take files from readers, ` +
    'and from writers that are about to commit them; --force does it all the same: stop both first'
  throw new PlatformError('USAGE', message)
}

/** A table that asks for a longer one gets it. */
function retentionOf(store: ObjectStore, { metadata }: Snapshot, { retentionMs, force }: VacuumOptions): number {
  if (force === true) return retentionMs
  const own = tombstoneRetentionMs(metadata)
  if (own !== undefined) return Math.max(own, retentionMs)
  const property = 'delta.deletedFileRetentionDuration'
  const fact = `the Delta table at ${store.url} has the property ${property}=${metadata.configuration[property]}`
  const advice = "set it to such as 'interval 7 days', or use --retention with --force"
  const message = `${fact}, which is not understood; ${advice}`
  throw new PlatformError('TABLE_UNSUPPORTED', message, { fields: { table: store.url } })
}

/** The objects that vacuum may judge, those of tables in folders below left out. */
async function listDataFiles(store: ObjectStore): Promise<readonly ObjectInfo[]> {
  const objects: ObjectInfo[] = []
  const inner = new Set<string>()
  for await (const info of store.list('')) {
    const log = info.key.indexOf('/_delta_log/')
    if (log >= 0) inner.add(info.key.slice(0, log + 1))
    if (isDataFile(info.key)) objects.push(info)
  }
  const roots = [...inner]
  return roots.length === 0 ? objects : objects.filter(({ key }) => !roots.some((root) => key.startsWith(root)))
}

/** Names that begin with `_` or `.` are not the table's data: its log, checkpoints, other engines' own things. */
function isDataFile(key: string): boolean {
  return key.endsWith('.parquet') && !/(?:^|\/)[_.]/.test(key)
}

/**
 * Notes every file that a commit since the cutoff names, and every one that was removed since. With the live files
 * these are all that the versions since the cutoff have: what they lack now, a commit since has removed. Of the times
 * that are told of a commit the newest counts.
 */
async function addNamedSince(store: ObjectStore, cutoff: EpochMs, needed: NeededFiles): Promise<void> {
  const listing = await listLog(store, tableVersion(0))
  const writtenAt = new Map(listing.commits.map(({ version, modified }) => [version, modified]))
  for await (const commit of readCommits(store, listing)) {
    const recent = Math.max(commit.timestamp, writtenAt.get(commit.version) ?? 0) >= cutoff
    if (recent) for (const { path } of commit.adds) needed.add(path)
    for (const { path, deletionTimestamp } of commit.removes) {
      if (recent || Number(deletionTimestamp ?? 0) >= cutoff) needed.add(path)
    }
  }
}

/**
 * Keys that must stay. An absolute path may lead here by another name, so it holds every file that is called the same.
 */
class NeededFiles {
  readonly #root: string
  readonly #keys = new Set<string>()
  readonly #names = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  add(path: string): void {
    const location = fileLocation(path, this.#root)
    if (location.kind === 'key') this.#keys.add(location.key)
    else this.#names.add(nameOf(decodeURIComponent(location.url)))
  }

  has(key: string): boolean {
    return this.#keys.has(key) || this.#names.has(nameOf(key))
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
