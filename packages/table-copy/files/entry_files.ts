// What one log entry asks of a copy: the files that its actions name, and the rules that it changes. Only files of the
// table's own folder can be copied so that the same entry finds them at the target; any other path is refused by name.
// Source: PROTOCOL.md, Add File and Remove File, Add CDC File, Deletion Vectors.

import { hasVector } from '#delta/data_file/identity'
import { fileLocation, isAbsolute } from '#delta/data_file/path'
import { vectorPlace } from '#delta/deletion_vector/deletion_vector'
import type { AddFile, Metadata, Protocol, RemoveFile } from '#delta/log/actions'
import { type EntrySource, emptySink, entryLines, isFields, takeActions } from '#delta/log/entry'
import { LOG_FOLDER } from '#delta/log/listing'
import { assertCopyableKey } from '#object-store/keys'
import { messageOf, PlatformError } from '#runtime/errors'
import type { TableVersion } from '#runtime/units'
import { requireCopyable } from '#table-copy/pass/features'

/** A file that has to be at the target before the log there may name it. */
export interface NamedFile {
  readonly key: string
  readonly what: 'file' | 'deletion vector' | 'change data file'
  /** As the log says; it does not say how long a file of deletion vectors is. */
  readonly size: number | undefined
  /** The version that names it. */
  readonly version: TableVersion
}

/** An entry as far as a copy cares. */
export interface EntryContent {
  readonly version: TableVersion
  readonly files: readonly NamedFile[]
  /** Keys of what it takes out of the table: data files, and the deletion vectors that they had. */
  readonly removed: readonly string[]
  readonly protocol?: Protocol
  readonly metadata?: Metadata
}

/**
 * Reads an entry. Throws TABLE_UNSUPPORTED for a feature that we do not know how to copy, or a file that is elsewhere;
 * TABLE_CORRUPT when it is damaged.
 */
export function readEntry(bytes: Uint8Array, source: EntrySource): EntryContent {
  const sink = emptySink(source)
  const changes: NamedFile[] = []
  for (const line of entryLines(bytes, source)) {
    takeActions(sink, line, source)
    if (!isFields(line.cdc) || typeof line.cdc.path !== 'string') continue
    const key = keyIn(line.cdc.path, source.url)
    changes.push({ key, what: 'change data file', size: lengthOf(line.cdc.size), version: source.version })
  }
  if (sink.protocol !== undefined) requireCopyable(source.url, sink.protocol)
  return {
    version: source.version,
    files: [...filesOf(sink.adds, source), ...changes],
    removed: removedBy(sink.removes, source.url),
    ...(sink.protocol === undefined ? {} : { protocol: sink.protocol }),
    ...(sink.metadata === undefined ? {} : { metadata: sink.metadata }),
  }
}

/** The files behind these actions, each once: the data files, and those with their deletion vectors. */
export function filesOf(
  adds: Iterable<AddFile>,
  { url, version }: Pick<EntrySource, 'url' | 'version'>,
): readonly NamedFile[] {
  const files = new Map<string, NamedFile>()
  for (const add of adds) {
    const key = keyIn(add.path, url)
    files.set(key, { key, what: 'file', size: lengthOf(add.size), version })
    const vector = vectorKey(add, url)
    if (vector !== undefined) files.set(vector, { key: vector, what: 'deletion vector', size: undefined, version })
  }
  return [...files.values()]
}

/** The file that holds the deletion vector; undefined when there is none, or it stands in the log itself. */
function vectorKey(action: Pick<AddFile, 'path' | 'deletionVector'>, url: string): string | undefined {
  if (!hasVector(action)) return undefined
  const { deletionVector: vector } = action
  if (vector.storageType === 'p') return keyIn(vector.pathOrInlineDv, url)
  const place = vectorPlace(vector, url)
  return place.kind === 'inline' ? undefined : copyable(place.key, url)
}

/** A removed file need not be there any more, but its path must mean the same at the target. */
function removedBy(removes: readonly RemoveFile[], url: string): readonly string[] {
  return removes.flatMap((remove) => {
    const vector = vectorKey(remove, url)
    return vector === undefined ? [keyIn(remove.path, url)] : [keyIn(remove.path, url), vector]
  })
}

/** The key of a path of the log that leads to the same file from wherever the table stands. */
function keyIn(path: string, url: string): string {
  if (isAbsolute(path)) throw elsewhere(url, path, 'by an absolute path, which would lead away from the copy')
  const location = fileLocation(path, url)
  if (location.kind === 'absolute') throw elsewhere(url, path, 'that is elsewhere')
  return copyable(location.key, url)
}

function copyable(key: string, url: string): string {
  if (key.startsWith(LOG_FOLDER)) throw elsewhere(url, key, 'that is a part of the log itself')
  try {
    assertCopyableKey(key)
  } catch (error) {
    throw elsewhere(url, key, `that no store takes under its name (${messageOf(error)})`)
  }
  return key
}

function elsewhere(url: string, path: string, why: string): PlatformError {
  const fact = `the log of ${url} names the file ${path} ${why}`
  const message = `${fact}, so the table is not copied; make a table of its own from it (Spark: DEEP CLONE)`
  return new PlatformError('TABLE_UNSUPPORTED', message, { fields: { table: url, path } })
}

/** Undefined when it is no length. */
function lengthOf(size: unknown): number | undefined {
  const length = typeof size === 'number' || typeof size === 'bigint' ? Number(size) : Number.NaN
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}
