// Who must be woken when the log changes: readers by the partition that grew, runs when group membership moved.
// Changes of this client are told directly; those of other processes and clients show in SQLite's data_version.

import { POLL_INTERVAL_MS } from '#log/embedded/limits'
import type { LogDatabase } from '#log/embedded/sqlite/database'
import type { NewEnds } from '#log/embedded/sqlite/record_store'
import { row, rows } from '#log/embedded/sqlite/topic_store'
import type { Clock } from '#runtime/clock'
import type { Offset } from '#runtime/units'

/** What a run is told. Both are called synchronously and only take note. */
export interface ChangeListener {
  partitionGrew(partitionId: number): void
  membershipMoved(): void
}

/** The ends of all partitions and whom to tell when they move. */
export class Changes {
  readonly #database: LogDatabase
  readonly #clock: Clock
  readonly #selectVersion
  readonly #selectEnds
  readonly #selectMembership
  readonly #ends = new Map<number, Offset>()
  readonly #listeners = new Set<ChangeListener>()
  #version = -1
  #membership = -1
  #polling: AbortController | undefined

  constructor(database: LogDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#selectVersion = database.prepare('PRAGMA data_version')
    this.#selectEnds = database.prepare('SELECT partition_id, log_end FROM partitions')
    this.#selectMembership = database.prepare('SELECT membership_changes FROM log')
  }

  /** Listens until the returned function is called. The file is polled only while somebody listens. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    if (this.#polling === undefined) void this.#poll()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stopPolling()
    }
  }

  /** The end of a partition as far as is known; `refresh` makes sure. */
  endOf(partitionId: number): Offset {
    return this.#ends.get(partitionId) ?? (0 as Offset)
  }

  /** Takes note of records that this client has appended. */
  appended(ends: NewEnds): void {
    for (const [partitionId, end] of ends) this.#noteEnd(partitionId, end as Offset)
  }

  /** Takes note of a change of membership by this client. */
  membershipMoved(): void {
    for (const listener of this.#listeners) listener.membershipMoved()
  }

  /** Looks whether others have changed the file since the last look. */
  refresh(): void {
    this.#database.read(() => {
      const [version] = row(this.#selectVersion.get())
      if (version === this.#version) return
      for (const [partitionId, end] of rows(this.#selectEnds.all())) this.#noteEnd(Number(partitionId), end as Offset)
      const [membership] = row(this.#selectMembership.get())
      if (membership !== this.#membership) this.membershipMoved()
      this.#membership = Number(membership)
      this.#version = Number(version)
    })
  }

  #noteEnd(partitionId: number, end: Offset): void {
    if (end <= this.endOf(partitionId)) return
    this.#ends.set(partitionId, end)
    for (const listener of this.#listeners) listener.partitionGrew(partitionId)
  }

  async #poll(): Promise<void> {
    const polling = new AbortController()
    this.#polling = polling
    while (!polling.signal.aborted) {
      this.#refreshOrLeaveToReaders()
      await this.#clock.sleep(POLL_INTERVAL_MS, polling.signal)
    }
  }

  /** A failing look is no reason to end here: whoever reads or commits next meets the same failure and reports it. */
  #refreshOrLeaveToReaders(): void {
    try {
      this.refresh()
    } catch {
      this.membershipMoved()
    }
  }

  #stopPolling(): void {
    this.#polling?.abort()
    this.#polling = undefined
  }
}
