// Schema evolution: new nullable columns, by a commit of metaData alone. Files from before have no such column and read
// as null. Everything else that a schema may want to become would make rows that are there wrong, and is left to a new
// table. Source: PROTOCOL.md, Change Metadata; docs/delta.md, What our tables are.

import { EVOLUTIONS_MAX } from '#delta/limits'
import type { CommitInfo, Metadata } from '#delta/log/actions'
import { type AttemptFacts, attemptCommit, type CommitAttempt } from '#delta/log/commit_attempt'
import { commitInfo } from '#delta/log/commit_info'
import { evolutionConflict } from '#delta/log/conflict'
import type { CommitContext } from '#delta/log/put_entry'
import { allFields, type StructField, type StructType, schemaMismatch, stringifySchema } from '#delta/schema/schema'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'

/** How an evolution ended. `refused`: nothing was committed; the reason says which column, and what to do. */
export type EvolveOutcome =
  | { readonly kind: 'fits'; readonly snapshot: Snapshot; readonly added: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string; readonly snapshot: Snapshot }

/**
 * Adds to the table what the wanted schema has and the table lacks, so that rows of the wanted schema fit. Commits
 * nothing when they fit already. Throws TABLE_UNSUPPORTED, COMMIT_UNRESOLVED and STORE_ errors.
 */
export async function evolveSchema(
  store: ObjectStore,
  first: Snapshot,
  wanted: StructType,
  context: CommitContext,
): Promise<EvolveOutcome> {
  let snapshot = first
  for (let tries = 0; tries < EVOLUTIONS_MAX; tries++) {
    const columns = missingColumns(snapshot.schema, wanted)
    const evolved = { ...snapshot.schema, fields: [...snapshot.schema.fields, ...columns] }
    const reason = columns.map((column) => refusalOf(column, snapshot)).find((found) => found !== undefined)
    const refusal = reason ?? schemaMismatch(wanted, evolved)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal, snapshot }
    if (columns.length === 0) return { kind: 'fits', snapshot, added: [] }
    const outcome = await commitColumns(store, { snapshot, evolved, columns }, context)
    snapshot = outcome.snapshot
    if (outcome.kind === 'committed') return { kind: 'fits', snapshot, added: columns.map((column) => column.name) }
    if (outcome.kind === 'exhausted') return { kind: 'refused', reason: outcome.reason, snapshot }
  }
  return { kind: 'refused', reason: `others changed it ${EVOLUTIONS_MAX} times meanwhile; try again`, snapshot }
}

function missingColumns(actual: StructType, wanted: StructType): readonly StructField[] {
  const names = new Set(actual.fields.map((field) => field.name))
  return wanted.fields.filter((field) => !names.has(field.name))
}

/** Names that need column mapping in other engines. */
export const AWKWARD_NAME = /[ ,;{}()\n\t=]/

function refusalOf(column: StructField, { schema, metadata }: Snapshot): string | undefined {
  const { name } = column
  if (metadata.partitionColumns.includes(name)) return `column ${name} is missing, and the table is partitioned by it`
  const alike = schema.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  if (alike !== undefined) return `column ${name} differs from ${alike.name} in case only; call it ${alike.name}`
  if (name === '' || AWKWARD_NAME.test(name)) return `a column cannot be added as '${name}'; use letters, digits and _`
  if (!column.nullable) return `column ${name} is missing, and only a nullable one can be added; make it nullable`
  const fields = [...allFields({ type: 'struct', fields: [column] })]
  if (fields.some(({ field }) => Object.keys(field.metadata).length > 0)) {
    return `column ${name} has metadata of its own, which asks for table features; add it without`
  }
  if (JSON.stringify(column.type).includes('timestamp_ntz')) {
    return `column ${name} is timestamp_ntz, which is a table feature; use timestamp`
  }
  return undefined
}

interface Evolution {
  readonly snapshot: Snapshot
  readonly evolved: StructType
  readonly columns: readonly StructField[]
}

function commitColumns(store: ObjectStore, { snapshot, evolved, columns }: Evolution, context: CommitContext) {
  const metadata: Metadata = { ...snapshot.metadata, schemaString: stringifySchema(evolved) }
  const attempt: CommitAttempt<'changed'> = {
    // After a conflict the caller looks again at what is missing.
    conflictWith: (newer) => evolutionConflict(snapshot, newer),
    actionsAt: () => ({ adds: [], removes: [], txns: [], metadata }),
    infoAt: (facts) => infoOf(columns, facts),
  }
  return attemptCommit(store, snapshot, attempt, context)
}

function infoOf(columns: readonly StructField[], facts: AttemptFacts): CommitInfo {
  return commitInfo(facts, {
    operation: 'ADD COLUMNS',
    operationParameters: { columns: JSON.stringify(columns.map((column) => ({ column }))) },
    readVersion: facts.base.version,
    isolationLevel: 'Serializable',
    isBlindAppend: false,
    operationMetrics: {},
  })
}
