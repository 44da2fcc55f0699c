// Loading snapshots: one listing, the entries behind it, replayed in order. An update reads only what came after.
// The log must reach back to version 0 in JSON; checkpoints are not read yet.

import type { LogCommit } from '#delta/log_entry'
import { type LogListing, listLog } from '#delta/log_listing'
import { missingCommit, readCommits } from '#delta/log_reader'
import { applyCommit, beginDraft, finishDraft, type Snapshot, timestampAfter } from '#delta/replay'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

export type { Snapshot } from '#delta/replay'

/** Which version to load; the newest by default. */
export interface SnapshotOptions {
  readonly version?: TableVersion
  /** The newest version that is not younger than this. */
  readonly asOf?: EpochMs
}

/**
 * The store is the table's root. Undefined: there is no table. Throws TABLE_NOT_FOUND when it lacks the version asked
 * for.
 */
export async function loadSnapshot(store: ObjectStore, options: SnapshotOptions = {}): Promise<Snapshot | undefined> {
  const listing = await listLog(store, tableVersion(0))
  const first = listing.commits[0]
  if (first === undefined && listing.checkpoints.length === 0) return undefined
  if (first?.version !== 0) throw missingCommit(store, tableVersion(0), listing)
  const draft = beginDraft()
  for await (const commit of readCommits(store, upTo(listing, options.version))) {
    if (options.asOf !== undefined && timestampAfter(draft, commit) > options.asOf) break
    applyCommit(draft, commit)
  }
  requireFound(store, draft.version, options)
  return finishDraft(draft, store.url)
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
  /** Undefined when the log was cleaned or replaced meanwhile, so that the table had to be loaded anew. */
  readonly commits: readonly LogCommit[] | undefined
}

/** As updateSnapshot, with the commits. Throws TABLE_NOT_FOUND when the table is gone. */
export async function readNewer(store: ObjectStore, snapshot: Snapshot): Promise<NewerSnapshot> {
  const listing = await listLog(store, snapshot.version)
  const [known, ...newer] = listing.commits
  // Without its own entry the snapshot's log is not this log any more.
  if (known?.version !== snapshot.version) return { snapshot: await reload(store), commits: undefined }
  if (newer.length === 0) return { snapshot, commits: [] }
  const draft = beginDraft(snapshot)
  const commits: LogCommit[] = []
  for await (const commit of readCommits(store, { ...listing, commits: newer }, snapshot.version)) {
    applyCommit(draft, commit)
    commits.push(commit)
  }
  return { snapshot: finishDraft(draft, store.url), commits }
}

async function reload(store: ObjectStore): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot !== undefined) return snapshot
  const message = `the Delta table at ${store.url} is gone: its log was deleted; restore it, or start with a new table`
  throw new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: store.url } })
}

function upTo(listing: LogListing, version: TableVersion | undefined): LogListing {
  if (version === undefined) return listing
  return { ...listing, commits: listing.commits.filter((commit) => commit.version <= version) }
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
