// Rows and progress on their way into one commit. Progress is kept by session, so that what belongs to a partition that
// was lost meanwhile can be left out as a whole: its rows by their session, its txn action by its entry.

import type { EpochMs, Offset } from '#runtime/units'
import type { Session } from '#services/writer/commit/partition_progress'
import type { WriterConfig } from '#services/writer/config'
import { DATES_PER_BUFFER_MAX, PROGRESS_INTERVAL_MS, ROW_BYTES_OVERHEAD } from '#services/writer/limits'
import type { StagingTable } from '#services/writer/staging/staging'

/** How far a commit moves a partition. */
export interface Progress {
  readonly from: Offset | null
  readonly to: Offset
}

/** One of the two buffers of a table. */
export class TableBuffer {
  readonly staging: StagingTable
  readonly #config: WriterConfig
  readonly #progress = new Map<Session, Progress>()
  readonly #days = new Set<number>()
  readonly #unreadable = new Map<Session, Offset[]>()
  #rows = 0
  #bytes = 0
  #rowsSince: EpochMs | null = null
  #progressSince: EpochMs | null = null

  constructor(staging: StagingTable, config: WriterConfig) {
    this.staging = staging
    this.#config = config
  }

  /** Days since the epoch that have rows, in the order of their first one. */
  get days(): readonly number[] {
    return [...this.#days]
  }

  /** Offsets of records that could not be read. */
  get unreadable(): ReadonlyMap<Session, readonly Offset[]> {
    return this.#unreadable
  }

  get progress(): ReadonlyMap<Session, Progress> {
    return this.#progress
  }

  get isEmpty(): boolean {
    return this.#progress.size === 0
  }

  get isFull(): boolean {
    return (
      this.#rows >= this.#config.flushRows ||
      this.#bytes >= this.#config.flushBytes ||
      this.#days.size >= DATES_PER_BUFFER_MAX
    )
  }

  /** Whether what it holds has waited long enough: rows the flush interval, bare progress a longer one. */
  isDue(now: EpochMs): boolean {
    if (this.#rowsSince !== null) return now - this.#rowsSince >= this.#config.flushIntervalMs
    return this.#progressSince !== null && now - this.#progressSince >= PROGRESS_INTERVAL_MS
  }

  /** Counts a row that was staged. */
  addRow(day: number, valueBytes: number): void {
    this.#rows++
    this.#bytes += valueBytes + ROW_BYTES_OVERHEAD
    this.#days.add(day)
  }

  /** Notes a record that could not be read. It counts as a row, so that there is a bound on them. */
  addUnreadable(session: Session, at: Offset): void {
    this.#rows++
    const offsets = this.#unreadable.get(session)
    if (offsets === undefined) this.#unreadable.set(session, [at])
    else offsets.push(at)
  }

  /** Notes that all of the session's records before `to` are dealt with. */
  advance(session: Session, to: Offset, now: EpochMs): void {
    const known = this.#progress.get(session)
    this.#progress.set(session, { from: known === undefined ? session.tip : known.from, to })
    session.tip = to
    this.#progressSince ??= now
    if (this.#rows > 0) this.#rowsSince ??= now
  }

  /** Drops everything and takes rows again. */
  async clear(): Promise<void> {
    await this.staging.clear()
    this.#progress.clear()
    this.#days.clear()
    this.#unreadable.clear()
    this.#rows = 0
    this.#bytes = 0
    this.#rowsSince = null
    this.#progressSince = null
  }
}
