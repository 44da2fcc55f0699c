// Makes a new table out of one version of another, as Delta's deep clone does: the same live files under the same
// names, the same protocol, schema, partitioning and properties, and an id and a history of its own. The files must be
// there before. Of several makers at once one wins; whose the table is, origin.ts tells.
// Source: docs/copy.md, Hand-outs; PROTOCOL.md, Metadata and In-Commit Timestamps.

import { type CloneSource, cloneInfo } from '#delta/clone/origin'
import { isAbsolute } from '#delta/data_file/path'
import type { Action, AddFile, Metadata, Protocol } from '#delta/log/actions'
import { timed } from '#delta/log/commit_info'
import { encodeLogEntry } from '#delta/log/entry'
import { withoutEnablement } from '#delta/log/in_commit_timestamps'
import { type CommitContext, putLogEntry } from '#delta/log/put_entry'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { tableVersion } from '#runtime/units'

/** Features that keep all they need in protocol, metaData and add actions; those of live files are all we take over. */
const CLONEABLE_FEATURES: ReadonlySet<string> = new Set([
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'columnMapping',
  'deletionVectors',
  'generatedColumns',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
])

const WRITER_VERSION_MAX = 7

/** Throws TABLE_UNSUPPORTED for a table with a feature whose own actions a clone would drop. */
export function requireCloneable(url: string, { minWriterVersion, readerFeatures, writerFeatures }: Protocol): void {
  const unknown = [...(readerFeatures ?? []), ...(writerFeatures ?? [])].find((name) => !CLONEABLE_FEATURES.has(name))
  if (unknown === undefined && minWriterVersion <= WRITER_VERSION_MAX) return
  const what = unknown === undefined ? `writer version ${minWriterVersion}` : `the feature ${unknown}`
  const fact = `the Delta table at ${url} uses ${what}, which a new table made of its files would lose`
  const message = `${fact}; copy the table with its log, or make a clone with Spark (DEEP CLONE)`
  throw new PlatformError('TABLE_UNSUPPORTED', message, { fields: { table: url } })
}

/**
 * Puts version 0: `taken` when there is one already, of whomever. Throws TABLE_UNSUPPORTED, COMMIT_UNRESOLVED and
 * STORE_ errors; the call may then be made again.
 */
export async function createClone(
  store: ObjectStore,
  source: CloneSource,
  context: CommitContext,
): Promise<'created' | 'taken'> {
  const { snapshot, url } = source
  requireCloneable(url, snapshot.protocol)
  const now = context.clock.now()
  const txnId = context.newId()
  const metadata = { ...clonedMetadata(snapshot.metadata, context.newId()), createdTime: now }
  const { protocol } = snapshot
  const { info } = timed(cloneInfo(source, { now, txnId }), { now, timestamp: now }, { protocol, metadata })
  const adds = [...snapshot.files.values()].map((file) => ({ add: clonedFile(file) }))
  const actions: Action[] = [{ commitInfo: info }, { protocol }, { metaData: metadata }, ...adds]
  const outcome = await putLogEntry(store, { version: tableVersion(0), bytes: encodeLogEntry(actions), txnId }, context)
  return outcome === 'committed' ? 'created' : 'taken'
}

/** The clone's metaData, but for when it was made. */
export function clonedMetadata(metadata: Metadata, id: string): Metadata {
  return { ...metadata, id, configuration: withoutEnablement(metadata.configuration) }
}

/** To readers of the new table its rows are new. What of an action belongs to features that we do not clone is left. */
function clonedFile(file: AddFile): AddFile {
  const { path, partitionValues, size, modificationTime, stats, tags, deletionVector } = file
  if (isAbsolute(path)) throw new Error(`a clone cannot have the absolute path ${path}`)
  return {
    path,
    partitionValues,
    size,
    modificationTime,
    dataChange: true,
    ...(stats === undefined || stats === null ? {} : { stats }),
    ...(tags === undefined || tags === null ? {} : { tags }),
    ...(deletionVector === undefined || deletionVector === null ? {} : { deletionVector }),
  }
}
