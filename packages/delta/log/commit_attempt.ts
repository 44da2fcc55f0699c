// The race for the next version: what is to be committed goes on top of the snapshot, or of whatever others committed
// meanwhile, with the same files and the same id, until it lands, the table objects, or time is up. Invariant: an entry
// lands once or not at all, and the outcome says which. Source: docs/delta.md, Exactly once.

import { COMMIT_TIME_MAX_MS, RACE_POLICY, SNAPSHOT_AGE_MAX_MS } from '#delta/limits'
import type { Action, AddFile, CommitInfo, Metadata, RemoveFile, Txn } from '#delta/log/actions'
import { encodeLogEntry } from '#delta/log/entry'
import { type CommitContext, landEntry } from '#delta/log/put_entry'
import { applyCommit, beginDraft, finishDraft } from '#delta/log/reconciliation'
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
  readonly metadata?: Metadata
}

/** Where and when one attempt is made, and under which id. */
export interface AttemptFacts {
  readonly base: Snapshot
  readonly now: EpochMs
  /** The commit's own id; the same in all attempts. */
  readonly txnId: string
}

/** What wants to be committed. */
export interface Contender<Objection> {
  /** Why it must not go on top of what the table is now; the commits are those it was not asked about yet. */
  objectionTo(newer: NewerSnapshot): Objection | undefined
  actionsAt(facts: AttemptFacts): CommitActions
  infoAt(facts: AttemptFacts): CommitInfo
}

/** How the race ended. Only `landed` put anything into the table. */
export type RaceOutcome<Objection> =
  | { readonly kind: 'landed'; readonly snapshot: Snapshot }
  | { readonly kind: 'objected'; readonly objection: Objection; readonly snapshot: Snapshot }
  | { readonly kind: 'outrun'; readonly reason: string; readonly snapshot: Snapshot }

/** Runs the race. Throws TABLE_UNSUPPORTED, COMMIT_UNRESOLVED and STORE_ errors, as commitAppend says. */
export async function race<Objection>(
  store: ObjectStore,
  snapshot: Snapshot,
  contender: Contender<Objection>,
  context: CommitContext,
): Promise<RaceOutcome<Objection>> {
  const txnId = context.newId()
  const deadline = epochMs(context.clock.now() + COMMIT_TIME_MAX_MS)
  let newer: NewerSnapshot = isOld(snapshot, context) ? await readNewer(store, snapshot) : { snapshot, commits: [] }
  for (let round = 1; ; round++) {
    const base = newer.snapshot
    const objection = contender.objectionTo(newer)
    if (objection !== undefined) return { kind: 'objected', objection, snapshot: base }
    requireWritable(store.url, base)
    const landed = await attempt(store, { base, contender, txnId, deadline }, context)
    if (landed !== undefined) return { kind: 'landed', snapshot: landed }
    if (round >= RACE_POLICY.attemptsMax || context.clock.now() >= deadline) {
      return { kind: 'outrun', reason: `other writers were faster ${round} times in a row`, snapshot: base }
    }
    await context.clock.sleep(backoffMs(round, RACE_POLICY, context.random), context.signal)
    newer = await readNewer(store, base)
    // Should a store ever have shown us our own commit as another's, this is where it is known again.
    if (newer.commits?.some((commit) => commit.info?.txnId === txnId))
      return { kind: 'landed', snapshot: newer.snapshot }
  }
}

/** One version's attempt. */
interface Attempt<Objection> {
  readonly base: Snapshot
  readonly contender: Contender<Objection>
  readonly txnId: string
  readonly deadline: EpochMs
}

/** The snapshot with the commit in it, or undefined when another commit has the version. */
async function attempt<Objection>(
  store: ObjectStore,
  { base, contender, txnId, deadline }: Attempt<Objection>,
  context: CommitContext,
): Promise<Snapshot | undefined> {
  const now = context.clock.now()
  const version = tableVersion(base.version + 1)
  const work = contender.actionsAt({ base, now, txnId })
  const info = contender.infoAt({ base, now, txnId })
  const actions: Action[] = [
    { commitInfo: info },
    ...(work.metadata === undefined ? [] : [{ metaData: work.metadata }]),
    ...work.txns.map((txn) => ({ txn })),
    ...work.removes.map((remove) => ({ remove })),
    ...work.adds.map((add) => ({ add })),
  ]
  const landing = { version, bytes: encodeLogEntry(actions), txnId, deadline }
  if ((await landEntry(store, landing, context)) === 'taken') {
    context.logger?.debug({ table: store.url, version }, 'another writer has the version; rebasing')
    return undefined
  }
  const draft = beginDraft(store.url, base)
  applyCommit(draft, { version, timestamp: now, ...work, info })
  return finishDraft(draft)
}

/** A clock that is behind the newest commit tells no age, so that counts as old, too. */
function isOld(snapshot: Snapshot, context: CommitContext): boolean {
  return Math.abs(context.clock.now() - snapshot.timestamp) > SNAPSHOT_AGE_MAX_MS
}
