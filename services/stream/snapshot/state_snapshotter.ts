// When a partition's state is put aside, and what its commits may name.
// Invariants: a snapshot is of a state that was committed, never of one that might be; a commit names a snapshot only
// once it is written, and it stays until a later commit names another: owners that die before they commit may leave any
// number of newer ones. One at a time in the process, so that memory holds one; its time is bounded as a share of all
// time.

import type { Clock } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import {
  STATE_SNAPSHOT_INTERVAL_MS,
  STATE_SNAPSHOT_RECORDS_MAX,
  STATE_SNAPSHOT_REST_FACTOR,
} from '#services/stream/limits'
import type { StateSnapshotPlace, StateSnapshotStore } from '#services/stream/snapshot/state_snapshot_store'
import type { PartitionState } from '#services/stream/state/partition_state'

/** What is shown of a partition's state snapshots. */
export interface StateSnapshotFacts {
  /** When the newest one was written, by the clock; null before the first. */
  readonly writtenAt: number | null
  /** As packed. */
  readonly bytes: number
  readonly failures: number
}

/** What it needs. */
export interface StateSnapshotterParts {
  readonly store: StateSnapshotStore
  readonly place: StateSnapshotPlace
  /** The snapshot that the state was restored from; null when it was read from the start of the log. */
  readonly restored: number | null
  /** Where the log began to be read from. */
  readonly from: number
  readonly clock: Clock
  readonly logger: Logger
}

/** The snapshots of one open partition. */
export class StateSnapshotter {
  readonly #parts: StateSnapshotterParts
  #newest: number | null
  /** Named by the last commit that was given out, and by the last that is known to be carried out. */
  #naming: number | null
  #named: number | null
  #takenAt: number
  #dueFrom: number
  /** Whatever is due is not taken before: the one before took its time. */
  #restUntil = 0
  /** Those that are in the store, once that was asked. */
  #kept: readonly number[] | null = null
  #writing: Promise<void> | null = null
  #closed = false
  #facts: StateSnapshotFacts = { writtenAt: null, bytes: 0, failures: 0 }

  constructor(parts: StateSnapshotterParts) {
    this.#parts = parts
    this.#newest = parts.restored
    this.#naming = parts.restored
    this.#named = parts.restored
    this.#takenAt = parts.from
    this.#dueFrom = parts.clock.now() + STATE_SNAPSHOT_INTERVAL_MS
  }

  /** The newest snapshot that is written. */
  get newest(): number | null {
    return this.#newest
  }

  /** The same, for a commit to name: a restart may ask for it from then on. */
  name(): number | null {
    this.#naming = this.#newest
    return this.#newest
  }

  get facts(): StateSnapshotFacts {
    return this.#facts
  }

  /** To be called when all that made up the state is committed, before anything more is done to it. */
  committed(state: PartitionState, offset: number): void {
    this.#named = this.#naming
    if (this.#writing !== null || this.#closed || offset === this.#takenAt) return
    const now = this.#parts.clock.now()
    if (now < this.#restUntil || this.#parts.store.isWriting) return
    if (now < this.#dueFrom && offset - this.#takenAt < STATE_SNAPSHOT_RECORDS_MAX) return
    this.#takenAt = offset
    this.#writing = this.#write(state, { offset, begun: now })
  }

  /**
   * Writes a last snapshot of a state that is committed, and to which nothing more is done. True when a commit should
   * name it.
   */
  async last(state: PartitionState, offset: number): Promise<boolean> {
    await this.idle()
    this.#named = this.#naming
    if (offset !== this.#takenAt && !this.#closed) {
      this.#takenAt = offset
      this.#writing = this.#write(state, { offset, begun: this.#parts.clock.now() })
      await this.idle()
    }
    return this.#newest !== this.#naming && !this.#closed
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /** The partition is lost: what is being written is not named any more. */
  close(): void {
    this.#closed = true
  }

  async #write(state: PartitionState, { offset, begun }: { offset: number; begun: EpochMs }): Promise<void> {
    const { store, place, clock, logger } = this.#parts
    try {
      const bytes = await store.write(place, offset, state)
      this.#newest = offset
      this.#facts = { ...this.#facts, writtenAt: clock.now(), bytes }
      const offsets = new Set([...(this.#kept ?? (await store.list(place))), offset])
      this.#kept = await store.prune(place, offsets, this.#named)
    } catch (error) {
      this.#facts = { ...this.#facts, failures: this.#facts.failures + 1 }
      const fields = { topic: place.topic, partition: place.partition, offset }
      logger.warn(fields, `a state snapshot was not written; the next one is tried as usual: ${messageOf(error)}`)
    }
    const now = clock.now()
    this.#dueFrom = now + STATE_SNAPSHOT_INTERVAL_MS
    this.#restUntil = now + (now - begun) * STATE_SNAPSHOT_REST_FACTOR
    this.#writing = null
  }
}
