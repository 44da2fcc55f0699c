// Rows and progress on their way into one commit. Progress is kept by assignment, so that what belongs to a partition
// that was lost meanwhile can be left out as a whole: its rows by their assignment, its txn action by its entry.

import type { TableSpec } from '#lake/tables'
import type { EpochMs, Offset } from '#runtime/units'
import type { Assignment } from '#services/writer/assignment'
import type { WriterConfig } from '#services/writer/config'
import { FlushTrigger } from '#services/writer/flush_trigger'
import { StagedRows } from '#services/writer/staging/staged_rows'

/** How far a commit moves a partition: the versions of its txn action before and after. */
export interface Progress {
  readonly from: Offset | null
  readonly to: Offset
}

/** Rows in memory that are not yet in the table. */
export interface WaitingRows {
  readonly rows: number
  /** When the oldest came; null when there is none. */
  readonly since: EpochMs | null
}

/** One of the two buffers of a table. */
export class TableBuffer {
  readonly rows: StagedRows
  readonly #trigger: FlushTrigger
  readonly #progress = new Map<Assignment, Progress>()
  readonly #days = new Set<number>()
  #lastDay = Number.NaN
  readonly #unreadable = new Map<Assignment, Offset[]>()

  constructor(spec: TableSpec, config: WriterConfig) {
    this.rows = new StagedRows(spec)
    this.#trigger = new FlushTrigger(config)
  }

  /** Days since the epoch that have rows, in the order of their first one. */
  get days(): readonly number[] {
    return [...this.#days]
  }

  /** Offsets of records that could not be read. */
  get unreadable(): ReadonlyMap<Assignment, readonly Offset[]> {
    return this.#unreadable
  }

  get progress(): ReadonlyMap<Assignment, Progress> {
    return this.#progress
  }

  get isEmpty(): boolean {
    return this.#progress.size === 0
  }

  /** What waits in it to be committed. */
  get waiting(): WaitingRows {
    return { rows: this.#trigger.rows, since: this.#trigger.rowsSince }
  }

  /** Whether it takes no more rows. */
  get isFull(): boolean {
    return this.#trigger.isFull
  }

  /** Whether what it holds has waited long enough to be flushed. */
  isDue(now: EpochMs): boolean {
    return this.#trigger.isDue(now)
  }

  /** Counts a row that was staged. */
  addRow(day: number, valueBytes: number): void {
    if (day !== this.#lastDay) this.#days.add(day)
    this.#lastDay = day
    this.#trigger.countRow(valueBytes, this.#days.size)
  }

  /** Notes a record that could not be read. */
  addUnreadable(assignment: Assignment, at: Offset): void {
    this.#trigger.countUnreadable()
    const offsets = this.#unreadable.get(assignment)
    if (offsets === undefined) this.#unreadable.set(assignment, [at])
    else offsets.push(at)
  }

  /** Notes that all of the assignment's records before `to` are dealt with. */
  advance(assignment: Assignment, to: Offset, now: EpochMs): void {
    const known = this.#progress.get(assignment)
    this.#progress.set(assignment, { from: known === undefined ? assignment.tip : known.from, to })
    assignment.tip = to
    this.#trigger.noteProgress(now)
  }

  /** Drops everything and takes rows again. */
  clear(): void {
    this.rows.clear()
    this.#progress.clear()
    this.#days.clear()
    this.#lastDay = Number.NaN
    this.#unreadable.clear()
    this.#trigger.reset()
  }
}
