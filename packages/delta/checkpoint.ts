// Writes classic checkpoints, which every engine reads: the table at one version as rows. Invariant: only for a version
// that is committed; the checkpoint first, the hint after it. Writing it again, or by two at once, puts the same state
// there. Source: PROTOCOL.md, Checkpoints.

import { type LastCheckpoint, putHint } from '#delta/checkpoint/last_checkpoint'
import { CHECKPOINT_COLUMNS, CHECKPOINT_SCHEMA } from '#delta/checkpoint/schema'
import { CHECKPOINT_ROW_GROUP_SIZE } from '#delta/limits'
import type { AddFile, Long, Metadata, Protocol, RemoveFile, Txn } from '#delta/log/actions'
import { ENGINE_INFO } from '#delta/log/commit_info'
import { checkpointKey } from '#delta/log/listing'
import { isExpired, type Snapshot } from '#delta/log/reconciliation'
import { requireWritable } from '#delta/protocol'
import { checkpointInterval } from '#delta/table_properties'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { EpochMs, TableVersion } from '#runtime/units'

/**
 * How many commits came after the table's newest checkpoint, or after the one that made the table. `last` is the
 * checkpoint's version, undefined when there is none; it may be newer than the snapshot.
 */
export function commitsSinceCheckpoint({ version }: Snapshot, last: TableVersion | undefined): number {
  return Math.max(0, version - (last ?? 0))
}

/**
 * Whether a table is due for a checkpoint: so many commits came after the last one, wherever that stood. `interval`
 * counts for tables that do not set delta.checkpointInterval.
 */
export function checkpointDue(snapshot: Snapshot, last: TableVersion | undefined, interval?: number): boolean {
  return commitsSinceCheckpoint(snapshot, last) >= checkpointInterval(snapshot.metadata, interval)
}

/**
 * Writes the snapshot's checkpoint and names it in `_last_checkpoint`. Throws TABLE_UNSUPPORTED when the table has
 * features whose actions we would drop, and STORE_ errors; then at most the hint is missing, and nothing is damaged.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  snapshot: Snapshot,
  context: { readonly clock: Clock },
): Promise<LastCheckpoint> {
  requireWritable(store.url, snapshot)
  const rows = checkpointRows(snapshot, context.clock.now())
  const columns = CHECKPOINT_COLUMNS.map((name) => ({ name, data: rows.map((row) => row[name]) }))
  // A writer's first checkpoint is a hundred commits away.
  const { writeParquetColumns } = await import('#parquet-bytes/write_columns')
  const bytes = await writeParquetColumns({
    schema: CHECKPOINT_SCHEMA,
    columns,
    createdBy: ENGINE_INFO,
    rowGroupSize: CHECKPOINT_ROW_GROUP_SIZE,
  })
  await store.put(checkpointKey(snapshot.version), bytes)
  const hint: LastCheckpoint = {
    version: snapshot.version,
    size: rows.length,
    sizeInBytes: bytes.length,
    numOfAddFiles: snapshot.files.size,
  }
  await putHint(store, hint)
  return hint
}

/** A row: one action, as Parquet takes it. */
type CheckpointRow = { readonly [column in (typeof CHECKPOINT_COLUMNS)[number]]?: Readonly<Record<string, unknown>> }

function checkpointRows(snapshot: Snapshot, now: EpochMs): readonly CheckpointRow[] {
  const { protocol, metadata, txns, files, tombstones } = snapshot
  const rows: CheckpointRow[] = [{ protocol: protocolRow(protocol) }, { metaData: metadataRow(metadata) }]
  for (const txn of txns.values()) rows.push({ txn: txnRow(txn) })
  for (const [path, remove] of tombstones) {
    if (!files.has(path) && !isExpired(remove, metadata, now)) rows.push({ remove: removeRow(remove) })
  }
  for (const add of files.values()) rows.push({ add: addRow(add) })
  return rows
}

/** Features are there only where the versions allow them. */
function protocolRow({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol) {
  return {
    minReaderVersion,
    minWriterVersion,
    readerFeatures: minReaderVersion >= 3 ? (readerFeatures ?? []) : undefined,
    writerFeatures: minWriterVersion >= 7 ? (writerFeatures ?? []) : undefined,
  }
}

function metadataRow({ createdTime, ...metadata }: Metadata) {
  return { ...metadata, createdTime: int64(createdTime) }
}

function txnRow({ appId, version, lastUpdated }: Txn) {
  return { appId, version: int64(version), lastUpdated: int64(lastUpdated) }
}

/** In a checkpoint no file changes data: it is a state. */
function addRow({ path, partitionValues, size, modificationTime, tags, stats }: AddFile) {
  return {
    path,
    partitionValues,
    size: int64(size),
    modificationTime: int64(modificationTime),
    dataChange: false,
    tags,
    stats,
  }
}

function removeRow({ path, deletionTimestamp, extendedFileMetadata, partitionValues, size }: RemoveFile) {
  return {
    path,
    deletionTimestamp: int64(deletionTimestamp),
    dataChange: false,
    extendedFileMetadata,
    partitionValues,
    size: int64(size),
  }
}

/** Foreign logs may hold anything where a whole number belongs. */
function int64(value: Long | null | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined
}
