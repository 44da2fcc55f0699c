// Loads snapshots: one listing, the newest checkpoint that can be used, and the entries after it, applied in order. An
// update reads only what came after.

import { hintedVersion } from '#delta/checkpoint/last_checkpoint'
import { startAtCheckpoint } from '#delta/checkpoint/start'
import type { LogCommit } from '#delta/log/entry'
import { inCommitTimestampsSince } from '#delta/log/in_commit_timestamps'
import { type LogListing, listLog } from '#delta/log/listing'
import { missingCommit, readCommits } from '#delta/log/reader'
import {
  applyCommit,
  beginReconciliation,
  finishReconciliation,
  type Reconciliation,
  type Snapshot,
  timestampAfter,
} from '#delta/log/reconciliation'
import { newestIsTimed, requireTimed, searchTime } from '#delta/log/time_travel'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

export type { Snapshot } from '#delta/log/reconciliation'

/** Which version to load; the newest by default. */
export interface SnapshotOptions {
  readonly version?: TableVersion
  /** The newest version that is not younger than this. */
  readonly asOf?: EpochMs
}

/**
 * The store is the table's root. Undefined: there is no table. Throws TABLE_NOT_FOUND when it lacks the version asked
 * for or has it no more, TABLE_CORRUPT when neither a checkpoint nor version 0 can be read.
 */
export async function loadSnapshot(store: ObjectStore, options: SnapshotOptions = {}): Promise<Snapshot | undefined> {
  return options.asOf === undefined ? load(store, options) : loadAsOf(store, options.asOf)
}

/**
 * In-commit timestamps are searched for the time. The version that the search finds tells by itself since when the
 * table has had them, so no other version is loaded. Where the search does not hold, the log is gone through, from a
 * checkpoint that is not younger, or from its beginning.
 */
async function loadAsOf(store: ObjectStore, asOf: EpochMs): Promise<Snapshot | undefined> {
  const listing = await listLog(store, tableVersion(0))
  const found = (await newestIsTimed(store, listing)) ? await searchTime(store, listing, asOf) : undefined
  const snapshot = found === undefined ? undefined : await load(store, { version: found.version }, listing)
  const since = snapshot === undefined ? undefined : inCommitTimestampsSince(snapshot)
  const holds = since !== undefined && (found?.untimed ?? -1) < since
  return holds ? snapshot : load(store, { asOf }, listing)
}

/** A listing that is known already must begin at version 0. */
async function load(store: ObjectStore, options: SnapshotOptions, known?: LogListing): Promise<Snapshot | undefined> {
  const start = known === undefined ? await findStart(store, options) : await startFromListing(store, options, known)
  if (start === undefined) return undefined
  const { draft, listing } = start
  const commits = listing.commits.filter(({ version }) => version > draft.version && version <= lastWanted(options))
  const after = draft.version < 0 ? undefined : tableVersion(draft.version)
  for await (const commit of readCommits(store, { commits }, after)) {
    if (options.asOf !== undefined) {
      requireTimed(draft, commit)
      if (timestampAfter(draft, commit) > options.asOf) break
    }
    applyCommit(draft, commit)
  }
  requireFound(store, draft.version, options)
  return finishReconciliation(draft)
}

/** Where reconciliation begins, and the log that it goes on with. */
interface Start {
  readonly draft: Reconciliation
  readonly listing: LogListing
}

async function findStart(store: ObjectStore, options: SnapshotOptions): Promise<Start | undefined> {
  const hinted = await startFromHint(store, options)
  return hinted ?? startFromListing(store, options, await listLog(store, tableVersion(0)))
}

/** Begins at the checkpoint that `_last_checkpoint` names, or a newer one; undefined when that does not work out. */
async function startFromHint(store: ObjectStore, options: SnapshotOptions): Promise<Start | undefined> {
  const hinted = await hintedVersion(store)
  if (hinted === undefined || hinted > lastWanted(options)) return undefined
  const listing = await listLog(store, hinted)
  const { draft } = await startAtCheckpoint(store, listing, options)
  return draft === undefined ? undefined : { draft, listing }
}

/** Begins at any checkpoint or at version 0. */
async function startFromListing(
  store: ObjectStore,
  options: SnapshotOptions,
  listing: LogListing,
): Promise<Start | undefined> {
  const first = listing.commits[0]
  if (first === undefined && listing.checkpoints.length === 0) return undefined
  const { draft, failures } = await startAtCheckpoint(store, listing, options)
  if (draft !== undefined) return { draft, listing }
  if (first?.version === 0) return { draft: beginReconciliation(store.url), listing }
  if (failures.length > 0) throw noStart(store, failures)
  const oldest = listing.checkpoints[0]
  if (oldest === undefined) throw missingCommit(store, tableVersion(0))
  throw cleanedUp(store, oldest.version, options)
}

function lastWanted({ version }: SnapshotOptions): number {
  return version ?? Number.POSITIVE_INFINITY
}

function noStart(store: ObjectStore, failures: readonly PlatformError[]): PlatformError {
  const reasons = failures.map((failure) => failure.message).join('; ')
  const message = `${reasons}; and the log does not reach back to version 0: restore what is missing from a backup`
  return new PlatformError('TABLE_CORRUPT', message, { cause: failures[0], fields: { table: store.url } })
}

function cleanedUp(store: ObjectStore, oldest: TableVersion, { version, asOf }: SnapshotOptions): PlatformError {
  const wanted = version === undefined ? `the state of ${new Date(asOf ?? 0).toISOString()}` : `version ${version}`
  const message =
    `${wanted} of the Delta table at ${store.url} is gone: its log was cleaned up; ` +
    `the oldest version that can still be read is ${oldest}`
  return new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: store.url, version, asOf, oldest } })
}

/**
 * The newest snapshot, given an older one: reads only the commits after it. Returns the same one when there are none.
 */
export async function updateSnapshot(store: ObjectStore, snapshot: Snapshot): Promise<Snapshot> {
  return (await readNewer(store, snapshot)).snapshot
}

/** A snapshot, and the commits that led to it from an older one. */
export interface NewerSnapshot {
  readonly snapshot: Snapshot
  /** When the store says that its entry was written; undefined when nobody looked, or the entry is gone. */
  readonly written?: EpochMs | undefined
  /** Undefined when the log was cleaned or replaced meanwhile, so that the table had to be loaded anew. */
  readonly commits: readonly LogCommit[] | undefined
}

/** As updateSnapshot, with the commits. Throws TABLE_NOT_FOUND when the table is gone. */
export async function readNewer(store: ObjectStore, snapshot: Snapshot): Promise<NewerSnapshot> {
  const listing = await listLog(store, snapshot.version)
  const [known, ...newer] = listing.commits
  // Without its own entry the snapshot's log is not this log any more.
  if (known?.version !== snapshot.version) return reload(store)
  const written = listing.commits.at(-1)?.modified
  if (newer.length === 0) return { snapshot, written, commits: [] }
  const draft = beginReconciliation(store.url, snapshot)
  const commits: LogCommit[] = []
  for await (const commit of readCommits(store, { commits: newer }, snapshot.version)) {
    applyCommit(draft, commit)
    commits.push(commit)
  }
  return { snapshot: finishReconciliation(draft), written, commits }
}

async function reload(store: ObjectStore): Promise<NewerSnapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot !== undefined) {
    const [known] = (await listLog(store, snapshot.version)).commits
    const written = known?.version === snapshot.version ? known.modified : undefined
    return { snapshot, written, commits: undefined }
  }
  const message = `the Delta table at ${store.url} is gone: its log was deleted; restore it, or start with a new table`
  throw new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: store.url } })
}

function requireFound(store: ObjectStore, found: number, { version, asOf }: SnapshotOptions): void {
  const fields = { table: store.url, version, asOf }
  if (found < 0) {
    const time = new Date(asOf ?? 0).toISOString()
    const message = `the Delta table at ${store.url} has no version as old as ${time}; ask for a later time`
    throw new PlatformError('TABLE_NOT_FOUND', message, { fields })
  }
  if (asOf === undefined && version !== undefined && found < version) {
    const message = `the Delta table at ${store.url} has no version ${version}; its newest is ${found}`
    throw new PlatformError('TABLE_NOT_FOUND', message, { fields })
  }
}
