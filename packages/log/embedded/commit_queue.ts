// Commits of one turn of the event loop go into one durable transaction: its sync to disk is the dear part, and the
// partitions that a publish has woken all commit in the turn after it. Each commit is still checked against its own
// lease, and one that cannot be carried out fails alone.

import { GROUPED_COMMITS_MAX } from '#log/embedded/limits'
import { type CommitParts, commitTogether, type LeasedCommit } from '#log/embedded/sqlite/commits'
import type { Lease } from '#log/embedded/sqlite/group_store'
import type { NewEnds } from '#log/embedded/sqlite/record_store'
import type { RecordsCommit } from '#log/source_position'
import { PlatformError } from '#runtime/errors'

interface Waiting extends LeasedCommit {
  readonly resolve: (isCommitted: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Carries out commits, at the end of the turn in which they came, and counts them. */
export class CommitQueue {
  readonly #parts: CommitParts
  #waiting: Waiting[] = []
  #turn: Promise<void> = Promise.resolve()

  constructor(parts: CommitParts) {
    this.#parts = parts
  }

  /** Writes outputs, offset and metadata as one. False, with nothing written, when the lease is gone. */
  commit(lease: Lease, commit: RecordsCommit): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    if (this.#waiting.push({ lease, commit, resolve, reject }) === 1) {
      this.#turn = new Promise((done) => setImmediate(() => done(this.#carryOutAll())))
    }
    return promise
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#turn
  }

  #carryOutAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (let first = 0; first < waiting.length; first += GROUPED_COMMITS_MAX) {
      this.#carryOut(waiting.slice(first, first + GROUPED_COMMITS_MAX))
    }
  }

  /** As one. When one of them cannot be carried out, each by itself, so that it fails alone. */
  #carryOut(group: readonly Waiting[]): void {
    let ends: readonly (NewEnds | null)[]
    try {
      ends = commitTogether(this.#parts, group)
    } catch (error) {
      if (group.length === 1 || isOfTheFile(error)) for (const each of group) this.#fail(each, error)
      else for (const each of group) this.#carryOut([each])
      return
    }
    for (const [i, each] of group.entries()) this.#settle(each, ends[i] ?? null)
  }

  #fail({ reject }: Waiting, error: unknown): void {
    const { transactions } = this.#parts
    transactions.begun++
    transactions.aborted++
    reject(error)
  }

  /** Says what became of a commit. Whatever fails here, it is durable and must not be carried out again. */
  #settle({ resolve, reject }: Waiting, ends: NewEnds | null): void {
    const { changes, transactions } = this.#parts
    transactions.begun++
    transactions[ends === null ? 'fenced' : 'committed']++
    try {
      if (ends !== null) changes.appended(ends)
      resolve(ends !== null)
    } catch (error) {
      reject(error)
    }
  }
}

/** A full disk, or a file that another process keeps locked: no commit would fare better by itself. */
function isOfTheFile(error: unknown): boolean {
  return error instanceof PlatformError && (error.retryable || error.code === 'STORE_FULL')
}
