// Commits of one turn of the event loop go into one durable transaction: its sync to disk is the dear part, and the
// partitions that a publish has woken all commit in the turn after it. Each commit is still checked against its own
// lease, and one that cannot be carried out fails alone.

import { type CommitParts, commitTransaction } from '#log/embedded/sqlite/commits'
import type { Lease } from '#log/embedded/sqlite/group_store'
import type { NewEnds } from '#log/embedded/sqlite/record_store'
import type { RecordsCommit } from '#log/source_position'
import { PlatformError } from '#runtime/errors'

interface Waiting {
  readonly lease: Lease
  readonly commit: RecordsCommit
  readonly resolve: (isCommitted: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Carries out commits, at the end of the turn in which they came. */
export class CommitQueue {
  readonly #parts: CommitParts
  #waiting: Waiting[] = []

  constructor(parts: CommitParts) {
    this.#parts = parts
  }

  /** Writes outputs, offset and metadata as one. False, with nothing written, when the lease is gone. */
  commit(lease: Lease, commit: RecordsCommit): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    if (this.#waiting.push({ lease, commit, resolve, reject }) === 1) setImmediate(() => this.#carryOut())
    return promise
  }

  #carryOut(): void {
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length > 1 && this.#carryOutAsOne(waiting)) return
    for (const { lease, commit, resolve, reject } of waiting) {
      try {
        resolve(commitTransaction(this.#parts, lease, commit))
      } catch (error) {
        reject(error)
      }
    }
  }

  /** False, with nothing written, when one of them cannot be carried out. */
  #carryOutAsOne(waiting: readonly Waiting[]): boolean {
    const { database, groups, records, transactions } = this.#parts
    const carryOut = ({ lease, commit }: Waiting) =>
      groups.commit(lease, commit) ? records.append(commit.outputs) : null
    let ends: readonly (NewEnds | null)[]
    try {
      ends = database.transaction(() => waiting.map(carryOut))
    } catch (error) {
      if (!isOfTheFile(error)) return false
      transactions.begun += waiting.length
      transactions.aborted += waiting.length
      for (const { reject } of waiting) reject(error)
      return true
    }
    transactions.begun += waiting.length
    for (const [i, each] of waiting.entries()) this.#settle(each, ends[i] ?? null)
    return true
  }

  /** Says what became of a commit. Whatever fails here, it is durable and must not be carried out again. */
  #settle({ resolve, reject }: Waiting, ends: NewEnds | null): void {
    const { changes, transactions } = this.#parts
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
