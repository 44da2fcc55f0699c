// A table of the lake in numbers, followed from version to version. What is known of a file stays known.

import { commitsSinceCheckpoint } from '#delta/checkpoint'
import { hintedVersion } from '#delta/checkpoint/last_checkpoint'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import type { TableSpec } from '#lake/tables'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import { fileFacts, newestColumnOf } from '#services/web/flow/file_facts'
import { FILES_AT_A_STRETCH } from '#services/web/flow/limits'
import { PinnedTable } from '#services/web/history/pinned_table'

/** A table at one version, in numbers. */
export interface TableFacts {
  readonly snapshot: Snapshot
  /** Null when a file's statistics do not tell. */
  readonly rows: number | null
  readonly files: number
  readonly bytes: number
  readonly medianFileBytes: number | null
  /** As the writer's metric has it. */
  readonly commitsSinceCheckpoint: number
  /** The newest event time by the files' statistics; null when none tells. */
  readonly newest: EpochMs | null
}

/** One table. Calls must not overlap. */
export class FollowedTable {
  readonly #table: PinnedTable
  #facts: TableFacts | undefined

  constructor(parts: { readonly lake: ObjectStore; readonly spec: TableSpec; readonly clock: Clock }) {
    this.#table = new PinnedTable(parts)
  }

  /** The newest version; undefined while there is no table. Throws STORE_ and TABLE_ errors. */
  async newest(): Promise<TableFacts | undefined> {
    const snapshot = await this.#table.version(0)
    if (snapshot === undefined) return undefined
    if (snapshot !== this.#facts?.snapshot) this.#facts = await this.#factsOf(snapshot)
    return this.#facts
  }

  async #factsOf(snapshot: Snapshot): Promise<TableFacts> {
    const { spec, named } = this.#table
    const checkpoint = await hintedVersion(named.store)
    return {
      snapshot,
      ...(await summary([...snapshot.files.values()], newestColumnOf(spec))),
      commitsSinceCheckpoint: commitsSinceCheckpoint(snapshot, checkpoint),
    }
  }
}

async function summary(files: readonly AddFile[], newestColumn: string) {
  let rows: number | null = 0
  let newest = -Infinity
  const sizes = new Float64Array(files.length)
  for (const [index, file] of files.entries()) {
    if (index > 0 && index % FILES_AT_A_STRETCH === 0) await othersTurn()
    const facts = fileFacts(file, newestColumn)
    rows = rows === null || facts.rows === null ? null : rows + facts.rows
    newest = Math.max(newest, facts.newest ?? -Infinity)
    sizes[index] = Number(file.size)
  }
  sizes.sort()
  return {
    rows,
    files: files.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    medianFileBytes: sizes[sizes.length >> 1] ?? null,
    newest: Number.isFinite(newest) ? (newest as EpochMs) : null,
  }
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
