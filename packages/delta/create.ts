// Creates a table: version 0 with protocol and metaData, put if absent. Of several creators at once one wins, and
// the others find a table that they can use, if need be after adding nullable columns to it, or learn why they cannot.

import { AWKWARD_NAME, evolveSchema } from '#delta/evolve'
import type { Action, CommitInfo, Metadata } from '#delta/log/actions'
import { commitInfo, timed } from '#delta/log/commit_info'
import { encodeLogEntry } from '#delta/log/entry'
import { IN_COMMIT_TIMESTAMP_FEATURE, inCommitTimestampProperties } from '#delta/log/in_commit_timestamps'
import { type CommitContext, putLogEntry } from '#delta/log/put_entry'
import { applyCommit, beginReconciliation, finishReconciliation } from '#delta/log/reconciliation'
import { PLAIN_PROTOCOL, requireWritable, withWriterFeature } from '#delta/protocol'
import { type StructType, stringifySchema } from '#delta/schema/schema'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, tableVersion } from '#runtime/units'

/** A table as we want it. */
export interface TableDefinition {
  readonly name: string
  readonly description?: string
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly configuration?: Readonly<Record<string, string>>
  /** Whether a new table says in every commit when it was made. It costs it writers that do not know the feature. */
  readonly inCommitTimestamps?: boolean
}

/**
 * The table's newest snapshot, after creating it if need be. Throws TABLE_CONFLICT when another table is there already
 * that does not take the definition's rows, TABLE_UNSUPPORTED when it is one we cannot write, COMMIT_UNRESOLVED.
 */
export async function createTable(
  store: ObjectStore,
  definition: TableDefinition,
  context: CommitContext,
): Promise<Snapshot> {
  requireSound(definition)
  const existing = await loadSnapshot(store)
  if (existing !== undefined) return fitting(store, existing, definition, context)
  const now = context.clock.now()
  const txnId = context.newId()
  const metadata = metadataOf(definition, { id: context.newId(), now })
  const protocol = definition.inCommitTimestamps ? TIMED_PROTOCOL : PLAIN_PROTOCOL
  const facts = { txnId, now, timestamp: now }
  const { info, ...time } = timed(createInfo(definition, facts), facts, { protocol, metadata })
  const actions: Action[] = [{ commitInfo: info }, { protocol }, { metaData: metadata }]
  const version = tableVersion(0)
  if ((await putLogEntry(store, { version, bytes: encodeLogEntry(actions), txnId }, context)) === 'taken') {
    const winner = await loadSnapshot(store)
    if (winner === undefined)
      throw new PlatformError('TABLE_NOT_FOUND', `the Delta table at ${store.url} came and went`)
    return fitting(store, winner, definition, context)
  }
  const draft = beginReconciliation(store.url)
  applyCommit(draft, { version, ...time, protocol, metadata, adds: [], removes: [], txns: [], info })
  return finishReconciliation(draft)
}

/** What new tables with in-commit timestamps ask for: nothing of their readers. */
const TIMED_PROTOCOL = withWriterFeature(PLAIN_PROTOCOL, IN_COMMIT_TIMESTAMP_FEATURE)

function metadataOf(definition: TableDefinition, facts: { id: string; now: EpochMs }): Metadata {
  return {
    id: facts.id,
    name: definition.name,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    format: { provider: 'parquet', options: {} },
    schemaString: stringifySchema(definition.schema),
    partitionColumns: definition.partitionColumns,
    configuration: {
      ...definition.configuration,
      ...(definition.inCommitTimestamps ? inCommitTimestampProperties() : {}),
    },
    createdTime: facts.now,
  }
}

function createInfo(definition: TableDefinition, facts: { txnId: string; now: EpochMs }): CommitInfo {
  return commitInfo(facts, {
    operation: 'CREATE TABLE',
    operationParameters: {
      partitionBy: JSON.stringify(definition.partitionColumns),
      ...(definition.description === undefined ? {} : { description: definition.description }),
    },
    isolationLevel: 'Serializable',
    isBlindAppend: true,
    operationMetrics: {},
  })
}

async function fitting(
  store: ObjectStore,
  existing: Snapshot,
  definition: TableDefinition,
  context: CommitContext,
): Promise<Snapshot> {
  requireWritable(store.url, existing)
  const [theirs, ours] = [existing.metadata.partitionColumns.join(), definition.partitionColumns.join()]
  if (theirs !== ours) throw misfit(store, existing, `it is partitioned by (${theirs}), not by (${ours})`)
  const outcome = await evolveSchema(store, existing, definition.schema, context)
  if (outcome.kind === 'refused') throw misfit(store, existing, outcome.reason)
  const fields = { table: store.url, version: outcome.snapshot.version, columns: outcome.added.join() }
  if (outcome.added.length > 0) context.logger?.info(fields, 'new columns were added to the table')
  return outcome.snapshot
}

function misfit(store: ObjectStore, existing: Snapshot, mismatch: string): PlatformError {
  const message =
    `a Delta table that does not fit is at ${store.url} already: ${mismatch}; ` +
    `move that table away, or let LAKE_URL name another place`
  return new PlatformError('TABLE_CONFLICT', message, { fields: { table: store.url, version: existing.version } })
}

/** What only a bug can get wrong. */
function requireSound({ schema, partitionColumns }: TableDefinition): void {
  const names = schema.fields.map((field) => field.name)
  const awkward = names.find((name) => name === '' || AWKWARD_NAME.test(name))
  if (awkward !== undefined) throw new Error(`a column cannot be named '${awkward}'`)
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) throw new Error('two columns share a name')
  for (const column of partitionColumns) {
    const type = schema.fields.find((field) => field.name === column)?.type
    if (typeof type !== 'string') throw new Error(`the partition column ${column} is not a column of a primitive type`)
  }
  if (partitionColumns.length >= names.length) throw new Error('a table needs a column that is not a partition column')
  const zoneless = schema.fields.find((field) => JSON.stringify(field.type).includes('timestamp_ntz'))
  if (zoneless !== undefined) throw new Error(`${zoneless.name}: timestamp_ntz needs a table feature; use timestamp`)
}
