// Action reconciliation: a snapshot is what remains after the commits are applied in order. Source: PROTOCOL.md, same
// name. The newest protocol and metaData count, the newest txn of an appId, the newest add or remove of a file.

import { fileIdentity, hasVector } from '#delta/data_file/identity'
import type { AddFile, Metadata, Protocol, RemoveFile, Txn } from '#delta/log/actions'
import type { LogCommit } from '#delta/log/entry'
import { requireReadable, requireVectorFeature } from '#delta/protocol'
import { requireMapped } from '#delta/schema/column_mapping'
import { parseSchema, type StructType } from '#delta/schema/schema'
import { requireKnownChanges } from '#delta/schema/type_widening'
import { tombstoneRetentionMs } from '#delta/table_properties'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, TableVersion } from '#runtime/units'

/** The table at one version. Never changes; newer versions are new snapshots. */
export interface Snapshot {
  readonly version: TableVersion
  /** Of the newest commit; later with every version, unless another engine's log says otherwise. */
  readonly timestamp: EpochMs
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly schema: StructType
  /** The live files by their identity: a canonical path, with the deletion vector's id behind it if there is one. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Files that were removed and may still be in use by readers of older versions, likewise; without statistics. */
  readonly tombstones: ReadonlyMap<string, RemoveFile>
  /** How far each application got, by appId. */
  readonly txns: ReadonlyMap<string, Txn>
}

/** A draft of a snapshot. Its maps belong to the snapshot it began from until the first change. */
export interface Reconciliation {
  /** The table's root. */
  readonly url: string
  version: number
  timestamp: number
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  readonly base: Snapshot | undefined
  files: Map<string, AddFile> | undefined
  tombstones: Map<string, RemoveFile> | undefined
  txns: Map<string, Txn> | undefined
}

/** Begins from a snapshot, or from nothing before version 0. */
export function beginReconciliation(url: string, base?: Snapshot): Reconciliation {
  return {
    url,
    version: base?.version ?? -1,
    timestamp: base?.timestamp ?? -1,
    protocol: base?.protocol,
    metadata: base?.metadata,
    base,
    files: undefined,
    tombstones: undefined,
    txns: undefined,
  }
}

/** What a checkpoint holds: the table at its version. */
export interface CheckpointState {
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly files: Map<string, AddFile>
  readonly tombstones: Map<string, RemoveFile>
  readonly txns: Map<string, Txn>
}

/** Begins from a checkpoint, whose maps it takes over. */
export function reconciliationFrom(
  state: CheckpointState,
  at: Pick<Snapshot, 'version' | 'timestamp'> & Pick<Reconciliation, 'url'>,
): Reconciliation {
  return { ...state, ...at, base: undefined }
}

/**
 * The commit's timestamp as readers see it: its in-commit timestamp, which its writer made grow, else later than that
 * of the version before.
 */
export function timestampAfter(draft: Pick<Reconciliation, 'timestamp'>, commit: LogCommit): EpochMs {
  return commit.inCommitTimestamp ?? (Math.max(commit.timestamp, draft.timestamp + 1) as EpochMs)
}

/** Applies the next commit. Throws a plain Error when it is not the next one. */
export function applyCommit(draft: Reconciliation, commit: LogCommit): void {
  if (commit.version !== draft.version + 1) throw new Error(`version ${commit.version} cannot follow ${draft.version}`)
  draft.timestamp = timestampAfter(draft, commit)
  draft.version = commit.version
  draft.protocol = commit.protocol ?? draft.protocol
  draft.metadata = commit.metadata ?? draft.metadata
  if (commit.removes.length + commit.adds.length > 0) applyFiles(draft, commit)
  if (commit.txns.length > 0) applyTxns(draft, commit)
}

/** Ends it. Throws TABLE_CORRUPT without protocol or metaData, TABLE_UNSUPPORTED when we cannot read it. */
export function finishReconciliation(draft: Reconciliation): Snapshot {
  const { url, base, protocol, metadata } = draft
  if (protocol === undefined) throw incomplete(url, draft.version, 'protocol')
  if (metadata === undefined) throw incomplete(url, draft.version, 'metaData')
  if (typeof metadata.schemaString !== 'string') throw incomplete(url, draft.version, 'metaData with a schemaString')
  if (protocol !== base?.protocol || metadata !== base.metadata) requireReadable(url, { protocol, metadata })
  const known = base !== undefined && base.metadata.schemaString === metadata.schemaString
  const schema = known ? base.schema : parseSchema(metadata.schemaString)
  if (metadata !== base?.metadata) {
    requireMapped(url, metadata, schema)
    requireKnownChanges(url, schema)
  }
  return {
    version: draft.version as TableVersion,
    timestamp: draft.timestamp as EpochMs,
    protocol,
    metadata,
    schema,
    files: draft.files ?? base?.files ?? new Map(),
    tombstones: unexpired(draft, metadata) ?? base?.tombstones ?? new Map(),
    txns: draft.txns ?? base?.txns ?? new Map(),
  }
}

function applyFiles(draft: Reconciliation, commit: LogCommit): void {
  draft.files ??= new Map(draft.base?.files)
  if (commit.removes.length > 0) draft.tombstones ??= new Map(draft.base?.tombstones)
  for (const remove of commit.removes) {
    const file = fileIdentity(remove, draft.url)
    draft.files.delete(file)
    draft.tombstones?.set(file, tombstoneOf(remove))
  }
  for (const add of commit.adds) {
    if (hasVector(add)) requireVectorFeature(draft.url, draft.protocol)
    const file = fileIdentity(add, draft.url)
    draft.files.set(file, add)
    if (!(draft.tombstones ?? draft.base?.tombstones)?.has(file)) continue
    draft.tombstones ??= new Map(draft.base?.tombstones)
    draft.tombstones.delete(file)
  }
}

/** What is kept of a removed file. */
export function tombstoneOf({ stats: _stats, tags: _tags, ...remove }: RemoveFile): RemoveFile {
  return remove
}

/** Whether nobody has to know of the removed file any more at `now`. One that does not say when is long gone. */
export function isExpired(remove: RemoveFile, metadata: Metadata, now: EpochMs): boolean {
  const retentionMs = tombstoneRetentionMs(metadata)
  return retentionMs !== undefined && Number(remove.deletionTimestamp ?? 0) < now - retentionMs
}

/** By the time of the newest commit, which no reader of the table is behind: so a snapshot needs no clock. */
function unexpired({ tombstones, timestamp }: Reconciliation, metadata: Metadata): Map<string, RemoveFile> | undefined {
  for (const [path, remove] of tombstones ?? []) {
    if (isExpired(remove, metadata, timestamp as EpochMs)) tombstones?.delete(path)
  }
  return tombstones
}

function applyTxns(draft: Reconciliation, commit: LogCommit): void {
  draft.txns ??= new Map(draft.base?.txns)
  for (const txn of commit.txns) draft.txns.set(txn.appId, txn)
}

function incomplete(url: string, version: number, action: string): PlatformError {
  const what = `the Delta log at ${url} has no ${action} up to version ${version}`
  const message = `${what}; it is damaged, restore it from a backup`
  return new PlatformError('TABLE_CORRUPT', message, { fields: { table: url, version } })
}
