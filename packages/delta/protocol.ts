// Protocol versions and table features: which tables we may read and write. A feature that we do not know is refused by
// name, since wrong rows are worse than none.
// Source: PROTOCOL.md, Table Features and Requirements for Readers / Writers.

import type { Metadata, Protocol } from '#delta/log/actions'
import { IN_COMMIT_TIMESTAMP_FEATURE } from '#delta/log/in_commit_timestamps'
import { mappingMode } from '#delta/schema/column_mapping'
import { allFields, holdsVoid, type StructType } from '#delta/schema/schema'
import { PlatformError } from '#runtime/errors'

/** What new tables ask of their readers and writers: the plainest protocol, which every engine knows. */
export const PLAIN_PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

/** Reader features that we know; what type widening may have done is looked at by itself. */
const READER_FEATURES: ReadonlySet<string> = new Set([
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
])

/**
 * Writer features that ask nothing of an append beyond what unmetNeed looks for, and in-commit timestamps, which
 * attemptCommit writes.
 */
const WRITER_FEATURES: ReadonlySet<string> = new Set([
  IN_COMMIT_TIMESTAMP_FEATURE,
  'timestampNtz',
  'v2Checkpoint',
  'vacuumProtocolCheck',
  'appendOnly',
  'invariants',
  'checkConstraints',
  'changeDataFeed',
  'generatedColumns',
  'identityColumns',
  'columnMapping',
])

/** The features that writer versions below 7 imply, each with the versions from which it is implied. */
const IMPLIED_FEATURES: readonly (readonly [feature: string, reader: number, writer: number])[] = [
  ['appendOnly', 1, 2],
  ['invariants', 1, 2],
  ['checkConstraints', 1, 3],
  ['changeDataFeed', 1, 4],
  ['generatedColumns', 1, 4],
  ['columnMapping', 2, 5],
  ['identityColumns', 1, 6],
]

/**
 * The protocol with one more feature that writers alone must know. Readers are asked for nothing new; what an older
 * writer version implied is listed. Source: PROTOCOL.md, Table Features and Valid Feature Names in Table Features.
 */
export function withWriterFeature(protocol: Protocol, feature: string): Protocol {
  const { minReaderVersion, minWriterVersion, writerFeatures } = protocol
  const isImplied = ([, reader, writer]: (typeof IMPLIED_FEATURES)[number]) =>
    reader <= minReaderVersion && writer <= minWriterVersion
  const known = minWriterVersion < 7 ? IMPLIED_FEATURES.filter(isImplied).map(([name]) => name) : (writerFeatures ?? [])
  return { ...protocol, minWriterVersion: 7, writerFeatures: [...new Set([...known, feature])] }
}

/** A table as far as its rules go. */
export interface TableRules {
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly schema: StructType
}

/**
 * Throws TABLE_UNSUPPORTED, naming what we cannot read. Comes before the schema is parsed: it may hold unknown types.
 */
export function requireReadable(url: string, { protocol, metadata }: Omit<TableRules, 'schema'>): void {
  const unknown = unreadable(protocol, metadata)
  if (unknown !== undefined) throw unsupported(url, 'read', unknown)
}

/** Throws TABLE_UNSUPPORTED, naming what an append would have to honour and we do not. */
export function requireWritable(url: string, rules: TableRules): void {
  const unknown = unreadable(rules.protocol, rules.metadata) ?? unknownWriter(rules.protocol) ?? unmetNeed(rules)
  if (unknown !== undefined) throw unsupported(url, 'write', unknown)
}

function unreadable(protocol: Protocol, metadata: Metadata): string | undefined {
  const { minReaderVersion, readerFeatures = [] } = protocol
  if (minReaderVersion < 1 || minReaderVersion > 3) return `reader version ${minReaderVersion}`
  const feature = minReaderVersion === 3 ? readerFeatures?.find((name) => !READER_FEATURES.has(name)) : undefined
  if (feature !== undefined) return `the feature ${feature}`
  if (metadata.format.provider !== 'parquet') return `the file format ${metadata.format.provider}`
  const mode = mappingMode(metadata)
  if (mode === 'none' || (mode !== undefined && mayMap(protocol))) return undefined
  return `${mapping(metadata)}${mode === undefined ? '' : ' without a protocol that has it'}`
}

function mayMap({ minReaderVersion, readerFeatures = [] }: Protocol): boolean {
  return minReaderVersion === 2 || (minReaderVersion === 3 && readerFeatures.includes('columnMapping'))
}

function mapping({ configuration }: Metadata): string {
  return `the feature columnMapping (mode ${configuration['delta.columnMapping.mode']})`
}

/** Throws TABLE_CORRUPT when a table whose files have deletion vectors does not say so in its protocol. */
export function requireVectorFeature(url: string, protocol: Protocol | undefined): void {
  const { minReaderVersion = 0, readerFeatures = [] } = protocol ?? {}
  if (minReaderVersion === 3 && readerFeatures.includes('deletionVectors')) return
  const fact = `the Delta table at ${url} has a file with a deletion vector`
  const what = `${fact}, but no feature deletionVectors in its protocol`
  throw new PlatformError('TABLE_CORRUPT', `${what}; its log is damaged`, { fields: { table: url } })
}

function unknownWriter({ minWriterVersion, readerFeatures, writerFeatures }: Protocol): string | undefined {
  if (minWriterVersion < 1 || minWriterVersion > 7) return `writer version ${minWriterVersion}`
  if (minWriterVersion < 7) return undefined
  // What readers must know writers must, too, even where a log forgets to say so.
  const features = [...(writerFeatures ?? []), ...(readerFeatures ?? [])]
  const feature = features.find((name) => !WRITER_FEATURES.has(name))
  return feature === undefined ? undefined : `the feature ${feature}`
}

/** Column metadata that a writer must act upon, with the feature's name. */
const FIELD_NEEDS: readonly (readonly [key: string, feature: string])[] = [
  ['delta.invariants', 'invariants'],
  ['delta.generationExpression', 'generatedColumns'],
  ['delta.identity.start', 'identityColumns'],
  ['delta.identity.step', 'identityColumns'],
]

function unmetNeed({ metadata, schema }: TableRules): string | undefined {
  if (mappingMode(metadata) !== 'none') return mapping(metadata)
  for (const key of Object.keys(metadata.configuration)) {
    if (key.startsWith('delta.constraints.')) return `checkConstraints (${key})`
    // Expired txn actions would make an idle partition look new, and its rows would be ingested again.
    if (key === 'delta.setTransactionRetentionDuration') return `the property ${key}, which forgets how far writers got`
  }
  for (const { path, field } of allFields(schema)) {
    const need = FIELD_NEEDS.find(([key]) => key in field.metadata)
    if (need !== undefined) return `${need[1]} (column ${path})`
    // PROTOCOL.md, Void Type: data files must leave such columns out, and some schemas with them take no files at all.
    if (holdsVoid(field.type)) return `the type void (column ${path})`
  }
  return undefined
}

function unsupported(url: string, verb: 'read' | 'write', what: string): PlatformError {
  const reason = `the Delta table at ${url} uses ${what}`
  const message = `${reason}; tickerlake cannot ${verb} it: drop that from the table, or use Spark`
  return new PlatformError('TABLE_UNSUPPORTED', message, { fields: { table: url } })
}
