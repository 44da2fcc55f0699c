// Action reconciliation: a snapshot is what remains after the commits are applied in order. Source: PROTOCOL.md, same
// name. The newest protocol and metaData count, the newest txn of an appId, the newest add or remove of a path.

import type { AddFile, Metadata, Protocol, Txn } from '#delta/actions'
import type { LogCommit } from '#delta/log_entry'
import { requireReadable } from '#delta/protocol'
import { parseSchema, type StructType } from '#delta/schema'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, TableVersion } from '#runtime/units'

/** The table at one version. Never changes; newer versions are new snapshots. */
export interface Snapshot {
  readonly version: TableVersion
  /** Of the newest commit; grows with every version. */
  readonly timestamp: EpochMs
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly schema: StructType
  /** The live files by path. */
  readonly files: ReadonlyMap<string, AddFile>
  /** How far each application got, by appId. */
  readonly txns: ReadonlyMap<string, Txn>
}

/** A snapshot in the making. Its maps belong to the snapshot it began from until the first change. */
export interface Draft {
  version: number
  timestamp: number
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  readonly base: Snapshot | undefined
  files: Map<string, AddFile> | undefined
  txns: Map<string, Txn> | undefined
}

/** Begins from a snapshot, or from nothing before version 0. */
export function beginDraft(base?: Snapshot): Draft {
  return {
    version: base?.version ?? -1,
    timestamp: base?.timestamp ?? -1,
    protocol: base?.protocol,
    metadata: base?.metadata,
    base,
    files: undefined,
    txns: undefined,
  }
}

/** The commit's timestamp as readers see it: later than that of the version before. */
export function timestampAfter(draft: Pick<Draft, 'timestamp'>, commit: LogCommit): EpochMs {
  return Math.max(commit.timestamp, draft.timestamp + 1) as EpochMs
}

/** Applies the next commit. Throws a plain Error when it is not the next one. */
export function applyCommit(draft: Draft, commit: LogCommit): void {
  if (commit.version !== draft.version + 1) throw new Error(`version ${commit.version} cannot follow ${draft.version}`)
  draft.timestamp = timestampAfter(draft, commit)
  draft.version = commit.version
  draft.protocol = commit.protocol ?? draft.protocol
  draft.metadata = commit.metadata ?? draft.metadata
  if (commit.removes.length + commit.adds.length > 0) applyFiles(draft, commit)
  if (commit.txns.length > 0) applyTxns(draft, commit)
}

/** Ends the draft. Throws TABLE_CORRUPT without protocol or metaData, TABLE_UNSUPPORTED when we cannot read it. */
export function finishDraft(draft: Draft, url: string): Snapshot {
  const { base, protocol, metadata } = draft
  if (protocol === undefined) throw incomplete(url, draft.version, 'protocol')
  if (metadata === undefined) throw incomplete(url, draft.version, 'metaData')
  if (typeof metadata.schemaString !== 'string') throw incomplete(url, draft.version, 'metaData with a schemaString')
  if (protocol !== base?.protocol || metadata !== base.metadata) requireReadable(url, { protocol, metadata })
  const known = base !== undefined && base.metadata.schemaString === metadata.schemaString
  return {
    version: draft.version as TableVersion,
    timestamp: draft.timestamp as EpochMs,
    protocol,
    metadata,
    schema: known ? base.schema : parseSchema(metadata.schemaString),
    files: draft.files ?? base?.files ?? new Map(),
    txns: draft.txns ?? base?.txns ?? new Map(),
  }
}

function applyFiles(draft: Draft, commit: LogCommit): void {
  draft.files ??= new Map(draft.base?.files)
  for (const { path } of commit.removes) draft.files.delete(canonicalPath(path))
  for (const add of commit.adds) draft.files.set(canonicalPath(add.path), add)
}

function applyTxns(draft: Draft, commit: LogCommit): void {
  draft.txns ??= new Map(draft.base?.txns)
  for (const txn of commit.txns) draft.txns.set(txn.appId, txn)
}

/** Local absolute paths are written with and without their scheme; both mean the same file. */
function canonicalPath(path: string): string {
  return path.startsWith('file:') ? path.replace(/^file:\/*/, '/') : path
}

function incomplete(url: string, version: number, action: string): PlatformError {
  const what = `the Delta log at ${url} has no ${action} up to version ${version}`
  const message = `${what}; it is damaged, restore it from a backup`
  return new PlatformError('TABLE_CORRUPT', message, { fields: { table: url, version } })
}
