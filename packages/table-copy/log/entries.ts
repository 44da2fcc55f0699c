// Reads log entries as bytes, in order and some ahead, and what they ask of a copy. Bytes, since a copy's log is the
// source's to the byte.

import { LOG_FETCHES_MAX } from '#delta/limits'
import type { Metadata, Protocol } from '#delta/log/actions'
import { commitKey } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'
import { type EntryContent, readEntry } from '#table-copy/files/entry_files'
import type { SourceEntry } from '#table-copy/log/put_entry'
import { type CopyWork, GoneAtSource, tried } from '#table-copy/pass/work'

/** Versions from the first to the last, both included; none when the last comes before the first. */
export interface VersionRange {
  readonly first: number
  readonly last: number
}

/** An entry, and what is in it. */
export interface ReadEntry extends SourceEntry {
  readonly content: EntryContent
}

/** Reads the entries of the store. Throws GoneAtSource for the first that is not there, and as readEntry does. */
export async function* entriesOf(
  work: CopyWork,
  store: ObjectStore,
  { first, last }: VersionRange,
): AsyncGenerator<ReadEntry, void, void> {
  const ahead: Promise<Uint8Array | undefined>[] = []
  let fetched = first
  // Nobody knows yet how long they are.
  let aheadMax = Math.max(1, Math.floor(LOG_FETCHES_MAX / work.room.tablesMax))
  for (let version = first; version <= last; version++) {
    for (; fetched <= last && ahead.length < aheadMax; fetched++) ahead.push(fetchEntry(work, store, fetched))
    const bytes = await ahead.shift()
    if (bytes === undefined) throw new GoneAtSource('its log entry', tableVersion(version))
    aheadMax = fetchesFor(bytes.byteLength, work)
    yield contentOf(store, tableVersion(version), bytes)
  }
}

/** How many entries are fetched at once, when the next ones are as long as this one. */
function fetchesFor(bytes: number, { limits, room }: CopyWork): number {
  const fitting = Math.floor(limits.entryBytesMax / room.tablesMax / Math.max(1, bytes))
  return Math.max(1, Math.min(fitting, LOG_FETCHES_MAX))
}

function contentOf({ url }: ObjectStore, version: TableVersion, bytes: Uint8Array): ReadEntry {
  return { version, bytes, content: readEntry(bytes, { url, version, modified: 0 as EpochMs }) }
}

function fetchEntry(work: CopyWork, store: ObjectStore, version: number): Promise<Uint8Array | undefined> {
  const bytes = tried(work, () => store.get(commitKey(tableVersion(version))))
  // When the reader stops early nobody awaits this one any more.
  bytes.catch(() => {})
  return bytes
}

/** What counts for the table as a whole. */
export interface TableRules {
  readonly protocol: Protocol
  readonly metadata: Metadata
}

/** What some entries ask of a copy altogether. */
export interface EntryTotals {
  readonly files: number
  /** As far as the log tells. */
  readonly bytes: number
  readonly rules: Partial<TableRules>
}

/** Adds up the entries of the source; `rules` are those before them. Throws as entriesOf does. */
export async function totalsOf(
  work: CopyWork,
  range: VersionRange,
  before: Partial<TableRules> = {},
): Promise<EntryTotals> {
  let [files, bytes, rules] = [0, 0, before]
  for await (const { content } of entriesOf(work, work.source, range)) {
    files += content.files.length
    bytes += content.files.reduce((sum, file) => sum + (file.size ?? 0), 0)
    rules = rulesAfter(rules, content)
  }
  return { files, bytes, rules }
}

/** The rules once the entry counts. */
export function rulesAfter(rules: Partial<TableRules>, { protocol, metadata }: EntryContent): Partial<TableRules> {
  return {
    ...rules,
    ...(protocol === undefined ? {} : { protocol }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
