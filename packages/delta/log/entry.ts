// One entry of the Delta log: NDJSON, an action a line. Decoding keeps what readers need and skips actions it does not
// know. Nothing is trusted: what the protocol requires and is absent is TABLE_CORRUPT, with the version and the line.

import { descriptorFault } from '#delta/deletion_vector/deletion_vector'
import type { Action, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from '#delta/log/actions'
import { parseLogJson, stringifyLogJson } from '#delta/log/json'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, TableVersion } from '#runtime/units'

/** A commit as it stands in the log, its actions by kind. */
export interface LogCommit {
  readonly version: TableVersion
  /** As the entry says, else when the object was written. Not yet made to grow from version to version. */
  readonly timestamp: EpochMs
  /** The version's time itself, where the entry tells it; `timestamp` is then the same. */
  readonly inCommitTimestamp?: EpochMs
  readonly protocol?: Protocol
  readonly metadata?: Metadata
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
  readonly txns: readonly Txn[]
  readonly info?: CommitInfo
}

/** Where an entry comes from. */
export interface EntrySource {
  /** The table's root, for messages. */
  readonly url: string
  readonly version: TableVersion
  /** When the object was written: the timestamp of an entry that does not tell its own. */
  readonly modified: EpochMs
}

/** A JSON object of the log, or a row of a checkpoint. */
export type Fields = Readonly<Record<string, unknown>>

/** A commit in the making, or the actions of a checkpoint. */
export interface ActionSink {
  version: TableVersion
  timestamp: EpochMs
  inCommitTimestamp?: EpochMs
  protocol?: Protocol
  metadata?: Metadata
  adds: AddFile[]
  removes: RemoveFile[]
  txns: Txn[]
  info?: CommitInfo
}

/** The bytes of an entry with these actions, one a line, in their order. */
export function encodeLogEntry(actions: readonly Action[]): Uint8Array {
  return new TextEncoder().encode(actions.map((action) => `${stringifyLogJson(action)}\n`).join(''))
}

/** Reads an entry; whether its schema can be read is for the snapshot to say. Throws TABLE_CORRUPT. */
export function decodeLogEntry(bytes: Uint8Array, source: EntrySource): LogCommit {
  const commit = emptySink(source)
  for (const line of entryLines(bytes, source)) takeActions(commit, line, source)
  // Taken as it is: later versions count on from it.
  const exact = instantIn(commit.info?.inCommitTimestamp)
  if (exact !== undefined) commit.inCommitTimestamp = exact
  commit.timestamp = exact ?? toldTimestamp(commit.info) ?? commit.timestamp
  return commit
}

/** The lines of an entry: an action each, of any kind. Throws TABLE_CORRUPT. */
export function* entryLines(bytes: Uint8Array, source: EntrySource): Generator<Fields, void, void> {
  for (const [index, line] of new TextDecoder().decode(bytes).split('\n').entries()) {
    if (line.trim() !== '') yield parseLine(line, index, source)
  }
}

/**
 * The id that a commit gave itself, if it did. Throws TABLE_CORRUPT when the bytes are no log entry, or a part of one
 * that ends before its commitInfo.
 */
export function readTxnId(bytes: Uint8Array, source: EntrySource): string | undefined {
  const values = [...entryLines(bytes, source)]
  if (values.length === 0) throw empty(source)
  const txnId = values.map((value) => value.commitInfo).find(isFields)?.txnId
  return typeof txnId === 'string' ? txnId : undefined
}

function parseLine(line: string, index: number, source: EntrySource): Fields {
  let value: unknown
  try {
    value = parseLogJson(line)
  } catch (cause) {
    throw corrupt(source, `line ${index + 1} is not JSON`, cause)
  }
  if (!isFields(value)) throw corrupt(source, `line ${index + 1} is not a JSON object`)
  return value
}

/** Nothing yet. */
export function emptySink({ version, modified }: EntrySource): ActionSink {
  return { version, timestamp: modified, adds: [], removes: [], txns: [] }
}

/** Takes the actions of one line, or of one row; those it does not know are skipped. Throws as decodeLogEntry does. */
export function takeActions(commit: ActionSink, line: Fields, source: EntrySource): void {
  if (isFields(line.add)) commit.adds.push(addFile(line.add, source))
  if (isFields(line.remove)) commit.removes.push(removeFile(line.remove, source))
  if (isFields(line.txn)) commit.txns.push(txn(line.txn, source))
  if (isFields(line.metaData)) commit.metadata = metadata(line.metaData, source)
  if (isFields(line.protocol)) commit.protocol = protocol(line.protocol, source)
  if (isFields(line.commitInfo)) commit.info = line.commitInfo as CommitInfo
}

function addFile(fields: Fields, source: EntrySource): AddFile {
  if (typeof fields.path !== 'string') throw corrupt(source, 'an add has no path')
  requireVector(fields, source)
  if (!isFields(fields.partitionValues)) return { ...(fields as unknown as AddFile), partitionValues: {} }
  return fields as unknown as AddFile
}

function removeFile(fields: Fields, source: EntrySource): RemoveFile {
  if (typeof fields.path !== 'string') throw corrupt(source, 'a remove has no path')
  requireVector(fields, source)
  return fields as unknown as RemoveFile
}

function requireVector({ path, deletionVector }: Fields, source: EntrySource): void {
  if (deletionVector === undefined || deletionVector === null) return
  const fault = isFields(deletionVector) ? descriptorFault(deletionVector) : 'is no object'
  if (fault !== undefined) throw corrupt(source, `the deletion vector of ${path} ${fault}`)
}

function txn(fields: Fields, source: EntrySource): Txn {
  const { appId, version } = fields
  const isLong = typeof version === 'bigint' || Number.isSafeInteger(version)
  if (typeof appId !== 'string' || !isLong) throw corrupt(source, 'a txn has no appId or no whole version')
  return fields as unknown as Txn
}

function metadata(fields: Fields, source: EntrySource): Metadata {
  const { id, partitionColumns, configuration, format } = fields
  if (typeof id !== 'string') throw corrupt(source, 'the metaData has no id')
  if (!areTexts(partitionColumns)) throw corrupt(source, 'the metaData has no partitionColumns')
  return {
    ...(fields as unknown as Metadata),
    configuration: isFields(configuration) ? propertiesOf(configuration) : {},
    format: isFields(format) ? (format as unknown as Metadata['format']) : { provider: 'parquet', options: {} },
  }
}

/** Properties are texts. A flag or a number that some writer put there as such means the same. */
function propertiesOf(fields: Fields): Metadata['configuration'] {
  const texts = Object.entries(fields).map(([name, value]) => {
    return [name, typeof value === 'string' || value === null ? value : stringifyLogJson(value)]
  })
  return Object.fromEntries(texts)
}

function protocol(fields: Fields, source: EntrySource): Protocol {
  const { minReaderVersion, minWriterVersion, readerFeatures, writerFeatures } = fields
  if (!Number.isInteger(minReaderVersion) || !Number.isInteger(minWriterVersion)) {
    throw corrupt(source, 'the protocol has no minReaderVersion or no minWriterVersion')
  }
  for (const [name, features] of Object.entries({ readerFeatures, writerFeatures })) {
    const isAbsent = features === undefined || features === null
    if (!isAbsent && !areTexts(features)) throw corrupt(source, `the protocol's ${name} is not a list of names`)
  }
  return fields as unknown as Protocol
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Milliseconds after 2001-09-09: a smaller timestamp is in seconds, or junk. */
const TIMESTAMP_MIN = 1_000_000_000_000

function toldTimestamp(info: CommitInfo | undefined): EpochMs | undefined {
  const told = instantIn(info?.timestamp)
  return told !== undefined && told >= TIMESTAMP_MIN ? told : undefined
}

/** The last instant that a Date has. */
const INSTANT_MAX = 8.64e15

/** The value as an instant, if it is one. */
export function instantIn(value: unknown): EpochMs | undefined {
  const isInstant = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= INSTANT_MAX
  return isInstant ? (value as EpochMs) : undefined
}

/** Whether it is an object, as an action must be. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function empty(source: EntrySource): PlatformError {
  return unreadable(source, 'the log entry is empty; if its writer is gone, delete the file')
}

function corrupt(source: EntrySource, what: string, cause?: unknown): PlatformError {
  return unreadable(source, `${what}; the log entry is damaged, restore it from a backup`, cause)
}

function unreadable({ url, version }: EntrySource, what: string, cause?: unknown): PlatformError {
  return new PlatformError('TABLE_CORRUPT', `version ${version} of ${url}: ${what}`, {
    cause,
    fields: { table: url, version },
  })
}
