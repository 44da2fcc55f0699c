// The tables as history reads them: each followed by version, read by our own statements in one process beside.

import { dirname } from 'node:path'
import type { Snapshot } from '#delta/snapshot'
import { barsTableName, type TableSpec, tableNamed } from '#lake/tables'
import type { FileCacheOptions } from '#lake-sql/file_cache'
import { type Condition, localTable } from '#lake-sql/lake_source'
import { LakeReader, type ReadRow } from '#lake-sql/reader/lake_reader'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { EarliestBars } from '#services/web/history/bars/earliest_bars'
import { HISTORY_TABLE } from '#services/web/history/bars/history_parts'
import { PinnedTable } from '#services/web/history/pinned_table'
import { RequestError } from '#services/web/request_error'

/** What the tables are read from. */
export interface HistoryParts {
  readonly lake: ObjectStore
  readonly barIntervalMs: number
  /** Where copies of files are kept that are not on this machine. */
  readonly cache: FileCacheOptions
  readonly clock: Clock
}

/** A table at one version, and which of its rows are asked for. */
export interface TableReading {
  readonly table: PinnedTable
  readonly snapshot: Snapshot | undefined
  /** What those rows meet: files without such are left out. */
  readonly conditions: readonly Condition[]
}

/** The tables that are asked, open. They must be closed. */
export class HistoryTables {
  readonly barIntervalMs: number
  readonly bars: PinnedTable
  /** Bars out of a source's history. */
  readonly history: PinnedTable
  readonly quotes: PinnedTable
  readonly alerts: PinnedTable
  /** What is known of the first bars of either. */
  readonly earliest = { bars: new EarliestBars(), history: new EarliestBars() }
  readonly clock: Clock
  readonly #cache: FileCacheOptions
  readonly #reader: LakeReader

  constructor({ lake, barIntervalMs, cache, clock }: HistoryParts) {
    const pinned = (name: string) => ({ lake, spec: tableNamed(name) as TableSpec, clock })
    this.barIntervalMs = barIntervalMs
    this.bars = new PinnedTable(pinned(barsTableName(barIntervalMs)), (commits) => this.earliest.bars.see(commits))
    this.history = new PinnedTable(pinned(HISTORY_TABLE), (commits) => this.earliest.history.see(commits))
    this.quotes = new PinnedTable(pinned('stocks'))
    this.alerts = new PinnedTable(pinned('alerts'))
    this.clock = clock
    this.#cache = cache
    this.#reader = new LakeReader({
      folders: [lake.localPath === undefined ? cache.folder : dirname(lake.localPath('any'))],
    })
  }

  /** Starts the process that reads, ahead of the first question. */
  warmUp(): void {
    this.#reader.warmUp()
  }

  /**
   * The rows that a statement gives over the tables. Throws a RequestError when they cannot be read, STOPPED, and what
   * the store or a table throws.
   */
  async read(sql: string, readings: readonly TableReading[], signal: AbortSignal): Promise<readonly ReadRow[]> {
    const tables = await Promise.all(readings.map((reading) => this.#local(reading)))
    try {
      return await this.#reader.read({ tables, sql }, signal)
    } catch (error) {
      throw told(error)
    }
  }

  /** The id of the process that reads. */
  readerPid(): Promise<number | undefined> {
    return this.#reader.pid()
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  #local({ table, snapshot, conditions }: TableReading) {
    const { named } = table
    // These are asked again and again. Of the others the rows, which may be large, are not to stay in memory.
    const namesSmall = table === this.bars || table === this.history || table === this.alerts
    return localTable({ table: named, snapshot }, { [named.name]: [conditions] }, { cache: this.#cache, namesSmall })
  }
}

/** What our own statement meets is no fault of the question. */
function told(error: unknown): unknown {
  if (!(error instanceof PlatformError) || !error.code.startsWith('SQL_')) return error
  const message = `the tables cannot be read: ${error.message}`
  return new RequestError(503, error.code, { message, headers: { 'retry-after': '5' } })
}
