// Copies on and on, as commits come: in each round every table has a pass, side by side with the others. One that is
// still at work when the next round begins goes on, and the others have their rounds, as long as fewer than
// COPY_TABLES_MAX are at work. One that cannot be copied rests longer and longer. A table keeps its lease to the end.

import type { ObjectStore } from '#object-store/object_store'
import { waitAtMost } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { type Copier, isTakenOver, type Lease, type LeaseParts, takeLease } from '#table-copy/lease'
import { FOLLOW_REST_MAX_MS } from '#table-copy/limits'
import type { CopyOptions, CopyOutcome, CopyProgress } from '#table-copy/pass'
import { SideBySide } from '#table-copy/side_by_side'

/** A table, and where it is copied to. */
export interface CopiedTable {
  readonly name: string
  readonly source: ObjectStore
  readonly target: ObjectStore
  /** Why it cannot be copied, where that is known before it is looked at. */
  readonly fault?: PlatformError
}

/** One pass, as copyTable makes it. */
export type CopyPass = (source: ObjectStore, target: ObjectStore, options: CopyOptions) => Promise<CopyOutcome>

/** What is told on the way. */
export interface FollowEvents {
  onProgress(table: CopiedTable, progress: CopyProgress): void
  /** A pass is done, also one that had nothing to do. */
  onPass(table: CopiedTable, outcome: CopyOutcome, durationMs: number): void
  /** A table, or which tables there are: it is tried again after the wait. */
  onFailure(table: CopiedTable | undefined, error: PlatformError, waitMs: number): void
  /** Another copier has the table's lease; whether it lives is being found out. */
  onWait(table: CopiedTable, holder: Copier | undefined): void
  /** A round is over: all tables had their turn, or are at it. */
  onRound(tables: readonly CopiedTable[]): void
}

/** What following needs. */
export interface FollowParts extends Omit<LeaseParts, 'onWait'> {
  readonly copyTable: CopyPass
  /** The tables that there are now. Asked before each round, so that new ones are found. */
  readonly findTables: () => Promise<readonly CopiedTable[]>
  /** From the beginning of one round to that of the next. */
  readonly pollMs: number
  readonly events: FollowEvents
  readonly logger?: Logger
}

/**
 * Follows until the signal aborts. Throws when no table can be copied any more without somebody's help, and when it
 * cannot be told which tables there are.
 */
export async function followTables(given: FollowParts): Promise<void> {
  const { clock, signal, pollMs } = given
  const failed = new AbortController()
  const parts = { ...given, signal: AbortSignal.any([signal, failed.signal]) }
  const followed = new Map<string, FollowedTable>()
  const sideBySide = new SideBySide()
  try {
    for (let failures = 0; !signal.aborted; ) {
      const begun = clock.now()
      const isDone = await round(parts, { followed, sideBySide }, failures)
      failures = isDone ? 0 : failures + 1
      const restMs = isDone ? begun + pollMs - clock.now() : restAfter(failures, parts)
      if (restMs > 0) await clock.sleep(restMs, signal)
    }
  } finally {
    failed.abort()
    const tables = [...followed.values()]
    await Promise.allSettled(tables.map((table) => table.turn))
    await Promise.all(tables.map((table) => table.release()))
  }
}

/** What a follower goes on with from round to round. */
interface Followed {
  readonly followed: Map<string, FollowedTable>
  readonly sideBySide: SideBySide
}

/** False when it could not be told which tables there are. */
async function round(parts: FollowParts, { followed, sideBySide }: Followed, failures: number): Promise<boolean> {
  try {
    for (const table of await parts.findTables()) {
      if (!followed.has(table.name)) followed.set(table.name, new FollowedTable(table, parts, sideBySide))
    }
  } catch (error) {
    if (!(error instanceof PlatformError && error.retryable)) throw error
    parts.events.onFailure(undefined, error, restAfter(failures + 1, parts))
    return false
  }
  const tables = [...followed.values()]
  for (const table of tables) await table.beginTurn()
  await allOrTimeUp(tables, parts)
  parts.events.onRound(tables.map(({ table }) => table))
  const stuck = tables.flatMap(({ obstacle, isAtWork }) => (isAtWork ? [] : (obstacle ?? [])))
  if (stuck.length > 0 && stuck.length === tables.length) throw stuck[0]
  return true
}

/** Waits for the turns of all tables, but no longer than until the next round. Throws what none of them expected. */
async function allOrTimeUp(tables: readonly FollowedTable[], { clock, pollMs, signal }: FollowParts): Promise<void> {
  await waitAtMost(Promise.all(tables.map((table) => table.turn)), { ms: pollMs, clock, signal })
}

/** Doubles with each failure. Without chance in it, so that what is told of it is true. */
function restAfter(failures: number, { pollMs }: FollowParts): number {
  return Math.min(pollMs * 2 ** Math.min(failures - 1, 30), Math.max(FOLLOW_REST_MAX_MS, pollMs))
}

class FollowedTable {
  readonly table: CopiedTable
  readonly #parts: FollowParts
  readonly #sideBySide: SideBySide
  #turn: Promise<void> = Promise.resolve()
  #isAtWork = false
  #lease: Lease | undefined
  #previous: CopyOutcome | undefined
  #failures = 0
  #restsUntil = 0
  /** What somebody has to see to before this table can be copied. */
  #obstacle: PlatformError | undefined

  constructor(table: CopiedTable, parts: FollowParts, sideBySide: SideBySide) {
    this.table = table
    this.#parts = parts
    this.#sideBySide = sideBySide
  }

  get obstacle(): PlatformError | undefined {
    return this.#obstacle
  }

  get isAtWork(): boolean {
    return this.#isAtWork
  }

  /** The turn that it is at, or was. Rejects with what is no PlatformError. */
  get turn(): Promise<void> {
    return this.#turn
  }

  /** Begins the next turn, unless one is still on. Rejects as the last one did. */
  async beginTurn(): Promise<void> {
    if (this.#isAtWork) return
    await this.#turn
    this.#isAtWork = true
    this.#turn = this.#takeTurn().finally(() => {
      this.#isAtWork = false
    })
    // It may end between two rounds: the next one looks at it.
    this.#turn.catch(() => {})
  }

  /** The lease of a dead copier may have to be watched for a while, so that is no part of the work. */
  async #takeTurn(): Promise<void> {
    await this.#unlessResting(async () => {
      if (this.table.fault === undefined) await this.#held()
      await this.#sideBySide.turn(() => this.#pass())
    })
  }

  async #pass(): Promise<void> {
    const { clock, events } = this.#parts
    const begun = clock.now()
    this.#previous = await this.#copy()
    this.#failures = 0
    this.#obstacle = undefined
    events.onPass(this.table, this.#previous, clock.now() - begun)
  }

  async #unlessResting(work: () => Promise<void>): Promise<void> {
    const { clock, signal } = this.#parts
    if (clock.now() < this.#restsUntil) return
    try {
      await work()
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
      if (this.#lease !== undefined && isTakenOver(this.#lease)) this.#lease = undefined
      if (!signal.aborted) this.#rest(error)
    }
  }

  async release(): Promise<void> {
    await this.#lease?.release()
  }

  async #copy(): Promise<CopyOutcome> {
    const { copyTable, clock, random, logger, events } = this.#parts
    const { source, target, fault } = this.table
    if (fault !== undefined) throw fault
    const lease = await this.#held()
    const { signal } = lease
    const onProgress = (progress: CopyProgress) => events.onProgress(this.table, progress)
    const previous = this.#previous === undefined ? {} : { previous: this.#previous }
    const { room } = this.#sideBySide
    const options = { clock, random, signal, onProgress, room, ...previous }
    return await copyTable(source, target, { ...options, ...(logger === undefined ? {} : { logger }) })
  }

  async #held(): Promise<Lease> {
    const onWait = (holder: Copier | undefined) => this.#parts.events.onWait(this.table, holder)
    this.#lease ??= await takeLease(this.table.target, { ...this.#parts, onWait })
    if (isTakenOver(this.#lease)) throw this.#lease.signal.reason
    return this.#lease
  }

  #rest(error: PlatformError): void {
    const { clock, events } = this.#parts
    // What it knew of its target may be what went wrong.
    this.#previous = undefined
    this.#obstacle = error.retryable ? undefined : error
    const waitMs = restAfter(++this.#failures, this.#parts)
    this.#restsUntil = clock.now() + waitMs
    events.onFailure(this.table, error, waitMs)
  }
}
