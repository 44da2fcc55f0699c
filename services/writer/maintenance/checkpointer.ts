// Checkpoints and log cleanup of one table, beside its commits. Invariant: commits never wait for it, and its failure
// never fails them; a table without checkpoints is only slower to open. Any process of the writer may be the one to do
// it.

import { checkpointDue, commitsSinceCheckpoint, writeCheckpoint } from '#delta/checkpoint'
import type { CommitContext } from '#delta/commit'
import { listLog } from '#delta/log/listing'
import { cleanLog } from '#delta/log_cleanup'
import type { Snapshot } from '#delta/snapshot'
import { checkpointInterval } from '#delta/table_properties'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf } from '#runtime/errors'
import { DAY_MS, type TableVersion, tableVersion } from '#runtime/units'
import type { WriterCounters } from '#services/writer/counters'

/** Commits that pass after a failure before it is tried again. */
const COMMITS_AFTER_FAILURE = 10

/** What is needed of a table. */
export interface CheckpointerParts {
  readonly store: ObjectStore
  readonly context: CommitContext
  readonly counters?: Pick<WriterCounters, 'checkpoints'>
}

/** Keeps a table quick to open. */
export class Checkpointer {
  readonly #store: ObjectStore
  readonly #context: CommitContext
  readonly #counters: CheckpointerParts['counters']
  #last: TableVersion | undefined
  #notBefore = 0
  #cleanedDay = -1
  #running: Promise<void> | null = null

  constructor({ store, context, counters }: CheckpointerParts) {
    this.#store = store
    this.#context = context
    this.#counters = counters
  }

  /** Commits since the newest checkpoint, at most; null while that was not looked for. */
  commitsSince(snapshot: Snapshot): number | null {
    if (this.#last === undefined && checkpointDue(snapshot, undefined)) return null
    return commitsSinceCheckpoint(snapshot, this.#last)
  }

  /** Begins a checkpoint when one is due and none is being written, without waiting for it. */
  afterCommit(snapshot: Snapshot): void {
    if (this.#running !== null || snapshot.version < this.#notBefore || !checkpointDue(snapshot, this.#last)) return
    this.#running = this.#checkpoint(snapshot)
      .catch((error: unknown) => {
        this.#notBefore = snapshot.version + COMMITS_AFTER_FAILURE
        const fields = { table: this.#store.url, version: snapshot.version, cause: messageOf(error) }
        this.#context.logger?.warn(fields, 'no checkpoint could be written; trying again some commits later')
      })
      .finally(() => {
        this.#running = null
      })
  }

  /** Resolves when nothing is being written; never rejects. */
  async settle(): Promise<void> {
    await this.#running
  }

  async #checkpoint(snapshot: Snapshot): Promise<void> {
    // Another process may have written one meanwhile.
    const from = Math.max(snapshot.version - checkpointInterval(snapshot.metadata), 0)
    const { checkpoints } = await listLog(this.#store, tableVersion(from))
    const found = checkpoints.findLast(({ missingParts }) => missingParts === 0)?.version
    this.#last = tableVersion(Math.max(found ?? 0, this.#last ?? 0))
    if (!checkpointDue(snapshot, this.#last)) return
    const { version, size, sizeInBytes } = await writeCheckpoint(this.#store, snapshot, this.#context)
    this.#last = version
    if (this.#counters !== undefined) this.#counters.checkpoints++
    this.#context.logger?.debug({ table: this.#store.url, version, actions: size, bytes: sizeInBytes }, 'checkpoint')
    await this.#clean(snapshot)
  }

  /** What is out of retention changes at midnight (UTC). */
  async #clean(snapshot: Snapshot): Promise<void> {
    const day = Math.floor(this.#context.clock.now() / DAY_MS)
    if (day === this.#cleanedDay) return
    const { deleted, oldest } = await cleanLog(this.#store, snapshot, this.#context)
    this.#cleanedDay = day
    if (deleted > 0) this.#context.logger?.info({ table: this.#store.url, deleted, oldest }, 'old log files deleted')
  }
}
