// A table of the lake, followed by version: its log is read once, and then only what came after. What is read of it is
// read of one version, and that version says how far it has taken its topic in.

import { partitionValue } from '#delta/schema/partition_value'
import { loadSnapshot, type NewerSnapshot, readNewer, type Snapshot } from '#delta/snapshot'
import { lakeTables } from '#lake/lake_tables'
import { DATE_COLUMN, type TableSpec } from '#lake/tables'
import type { NamedTable } from '#lake-sql/lake_source'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { DAY_MS, type Offset, offset } from '#runtime/units'
import type { TopicPosition } from '#services/web/live/seam'
import { appIdParts } from '#services/writer/commit/txn_progress'

/** Told what a newer version has added; undefined: anything may have changed. */
export type OnCommits = (commits: NewerSnapshot['commits']) => void

/** One table. */
export class PinnedTable {
  readonly spec: TableSpec
  readonly named: NamedTable
  readonly #clock: Clock
  readonly #onCommits: OnCommits
  #newest: Snapshot | undefined
  #seenAt = Number.NEGATIVE_INFINITY
  #looking: Promise<Snapshot | undefined> | undefined

  constructor(
    parts: { readonly lake: ObjectStore; readonly spec: TableSpec; readonly clock: Clock },
    onCommits: OnCommits = () => {},
  ) {
    this.spec = parts.spec
    this.named = lakeTables(parts.lake, [parts.spec])[0] as NamedTable
    this.#clock = parts.clock
    this.#onCommits = onCommits
  }

  /** A version that was the newest within that time; undefined while there is no table. Throws STORE_ and TABLE_. */
  async version(ageMsMax: number): Promise<Snapshot | undefined> {
    if (this.#clock.now() - this.#seenAt < ageMsMax) return this.#newest
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Whether the version has that column; a table that is not there yet will have all. */
  hasColumn(name: string, snapshot: Snapshot | undefined): boolean {
    const schema = snapshot?.schema ?? this.named.expected?.schema
    return schema?.fields.some((field) => field.name === name) === true
  }

  async #look(): Promise<Snapshot | undefined> {
    const now = this.#clock.now()
    const { store } = this.named
    const known = this.#newest
    const found = known === undefined ? undefined : await newerThan(store, known)
    const snapshot = found === undefined ? await loadSnapshot(store) : found.snapshot
    if (snapshot !== known) this.#onCommits(found?.commits)
    this.#newest = snapshot === undefined || snapshot === known ? snapshot : withoutTombstones(snapshot)
    this.#seenAt = now
    return this.#newest
  }
}

/** The dates that a version has files of, as days since 1970-01-01, from the oldest. */
export function datesIn(snapshot: Snapshot | undefined): readonly number[] {
  const dates = new Set<string>()
  for (const file of snapshot?.files.values() ?? []) dates.add(partitionValue(file, DATE_COLUMN) ?? '')
  dates.delete('')
  return [...dates].map((date) => Date.parse(date) / DAY_MS).sort((a, b) => a - b)
}

/** Undefined when the table is gone: another may be in its place. */
async function newerThan(store: ObjectStore, known: Snapshot) {
  try {
    return await readNewer(store, known)
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'TABLE_NOT_FOUND') return undefined
    throw error
  }
}

/** Whoever only reads the newest version has no use for what was removed, which grows by every file for a week. */
function withoutTombstones(snapshot: Snapshot): Snapshot {
  return { ...snapshot, tombstones: new Map() }
}

/**
 * How far the version has taken its topic in; null: it has nothing of it. Of several lives of the topic the one that
 * was written last counts.
 */
export function takenBy(snapshot: Snapshot | undefined, topic: string): TopicPosition | null {
  let newest = { topicId: '', at: Number.NEGATIVE_INFINITY }
  const next = new Map<string, Offset[]>()
  for (const { appId, version, lastUpdated } of snapshot?.txns.values() ?? []) {
    const parts = appIdParts(appId)
    if (parts?.topic !== topic) continue
    const life = next.get(parts.topicId) ?? []
    while (life.length <= parts.partition) life.push(offset(0))
    life[parts.partition] = offset(Number(version))
    next.set(parts.topicId, life)
    const at = Number(lastUpdated ?? 0)
    if (at > newest.at) newest = { topicId: parts.topicId, at }
  }
  const { topicId } = newest
  return next.has(topicId) ? { topicId, next: next.get(topicId) ?? [] } : null
}
