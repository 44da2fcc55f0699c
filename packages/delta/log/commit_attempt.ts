// Attempts to commit at the next version, until one attempt succeeds, a conflict rules the commit out, or time is up.
// When another writer wins the version, the next attempt goes on top of the winning commits, with the same files and
// the same id. Invariant: a commit is in the log once or not at all, and the outcome says which.
// Source: docs/delta.md, Exactly once and Conflicts.

import { COMMIT_ATTEMPT_POLICY, COMMIT_TIME_MAX_MS, SNAPSHOT_AGE_MAX_MS } from '#delta/limits'
import type { Action, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from '#delta/log/actions'
import { timed } from '#delta/log/commit_info'
import { encodeLogEntry } from '#delta/log/entry'
import { type CommitContext, putLogEntry } from '#delta/log/put_entry'
import { applyCommit, beginReconciliation, finishReconciliation } from '#delta/log/reconciliation'
import { requireWritable } from '#delta/protocol'
import { type NewerSnapshot, readNewer, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { backoffMs } from '#runtime/retry'
import { type EpochMs, epochMs, tableVersion } from '#runtime/units'

/** The actions of a commit, but for its commitInfo. */
export interface CommitActions {
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
  readonly txns: readonly Txn[]
  readonly protocol?: Protocol
  readonly metadata?: Metadata
}

/** Where and when one attempt is made, and under which id. */
export interface AttemptFacts {
  readonly base: Snapshot
  readonly now: EpochMs
  /** The version's time, should the table have in-commit timestamps: not before now, and after that of the base. */
  readonly timestamp: EpochMs
  /** The commit's own id; the same in all attempts. */
  readonly txnId: string
}

/** What is to be committed. */
export interface CommitAttempt<Conflict> {
  /** Why it must not go on top of what the table is now; the winning commits are those that were not checked yet. */
  conflictWith(newer: NewerSnapshot): Conflict | undefined
  actionsAt(facts: AttemptFacts): CommitActions
  infoAt(facts: AttemptFacts): CommitInfo
  /** The version's time must also be later than when the entry before it was written. */
  readonly afterEntry?: boolean
}

/** How it ended. Only `committed` put anything into the table. */
export type AttemptOutcome<Conflict> =
  | { readonly kind: 'committed'; readonly snapshot: Snapshot }
  | { readonly kind: 'conflict'; readonly conflict: Conflict; readonly snapshot: Snapshot }
  /** Other writers won every version, until time or attempts were up. */
  | { readonly kind: 'exhausted'; readonly reason: string; readonly snapshot: Snapshot }

/** Makes the attempts. Throws TABLE_UNSUPPORTED, COMMIT_UNRESOLVED and STORE_ errors, as commitAppend says. */
export async function attemptCommit<Conflict>(
  store: ObjectStore,
  snapshot: Snapshot,
  attempt: CommitAttempt<Conflict>,
  context: CommitContext,
): Promise<AttemptOutcome<Conflict>> {
  const txnId = context.newId()
  const deadline = epochMs(context.clock.now() + COMMIT_TIME_MAX_MS)
  const looks = attempt.afterEntry === true || isOld(snapshot, context)
  let newer: NewerSnapshot = looks ? await readNewer(store, snapshot) : { snapshot, commits: [] }
  for (let round = 1; ; round++) {
    const base = newer.snapshot
    const conflict = attempt.conflictWith(newer)
    if (conflict !== undefined) return { kind: 'conflict', conflict, snapshot: base }
    requireWritable(store.url, base)
    const committed = await attemptVersion(store, { newer, attempt, txnId, deadline }, context)
    if (committed !== undefined) return { kind: 'committed', snapshot: committed }
    if (round >= COMMIT_ATTEMPT_POLICY.attemptsMax || context.clock.now() >= deadline) {
      return { kind: 'exhausted', reason: `other writers were faster ${round} times in a row`, snapshot: base }
    }
    await context.clock.sleep(backoffMs(round, COMMIT_ATTEMPT_POLICY, context.random), context.signal)
    newer = await readNewer(store, base)
    // Should a store ever have shown us our own commit as another's, this is where it is known again.
    if (newer.commits?.some((commit) => commit.info?.txnId === txnId))
      return { kind: 'committed', snapshot: newer.snapshot }
  }
}

/** One version's attempt. */
interface VersionAttempt<Conflict> {
  readonly newer: NewerSnapshot
  readonly attempt: CommitAttempt<Conflict>
  readonly txnId: string
  readonly deadline: EpochMs
}

/** The snapshot with the commit in it, or undefined when another commit has the version. */
async function attemptVersion<Conflict>(
  store: ObjectStore,
  { newer, attempt, txnId, deadline }: VersionAttempt<Conflict>,
  context: CommitContext,
): Promise<Snapshot | undefined> {
  const base = newer.snapshot
  const version = tableVersion(base.version + 1)
  const facts = factsOf(newer, attempt, { now: context.clock.now(), txnId })
  const work = attempt.actionsAt(facts)
  const { info, ...time } = timed(attempt.infoAt(facts), facts, { ...base, ...work })
  const actions: Action[] = [
    { commitInfo: info },
    ...(work.protocol === undefined ? [] : [{ protocol: work.protocol }]),
    ...(work.metadata === undefined ? [] : [{ metaData: work.metadata }]),
    ...work.txns.map((txn) => ({ txn })),
    ...work.removes.map((remove) => ({ remove })),
    ...work.adds.map((add) => ({ add })),
  ]
  const entry = { version, bytes: encodeLogEntry(actions), txnId, deadline }
  if ((await putLogEntry(store, entry, context)) === 'taken') {
    context.logger?.debug({ table: store.url, version }, 'another commit won the version; attempting the next one')
    return undefined
  }
  const draft = beginReconciliation(store.url, base)
  applyCommit(draft, { version, ...time, ...work, info })
  return finishReconciliation(draft)
}

function factsOf(
  { snapshot: base, written }: NewerSnapshot,
  { afterEntry = false }: { readonly afterEntry?: boolean },
  { now, txnId }: { readonly now: EpochMs; readonly txnId: string },
): AttemptFacts {
  const after = afterEntry && written !== undefined ? Math.max(base.timestamp, written) : base.timestamp
  return { base, now, timestamp: epochMs(Math.max(now, after + 1)), txnId }
}

/** A clock that is behind the newest commit tells no age, so that counts as old, too. */
function isOld(snapshot: Snapshot, context: CommitContext): boolean {
  return Math.abs(context.clock.now() - snapshot.timestamp) > SNAPSHOT_AGE_MAX_MS
}
