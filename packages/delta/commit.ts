// Appends to a table: files and txn actions in one commit, compare-and-swap on the txn actions, rebased past other
// writers' commits with the same files and the same id. Invariant: a call lands once or not at all, and says which.
// Source: delta.md sections 1 (conflict detection), 2 and 3.

import type { Action, AddFile, CommitInfo, Txn } from '#delta/actions'
import { conflictWith } from '#delta/conflict'
import { type CommitContext, landEntry } from '#delta/land'
import { COMMIT_TIME_MAX_MS, RACE_POLICY, SNAPSHOT_AGE_MAX_MS } from '#delta/limits'
import { encodeLogEntry } from '#delta/log_entry'
import { requireWritable } from '#delta/protocol'
import { applyCommit, beginDraft, finishDraft } from '#delta/replay'
import { type NewerSnapshot, readNewer, type Snapshot } from '#delta/snapshot'
import { bytesIn, rowsIn } from '#delta/statistics'
import type { ObjectStore } from '#object-store/object_store'
import { backoffMs } from '#runtime/retry'
import { type EpochMs, epochMs, type Offset, tableVersion } from '#runtime/units'

export type { CommitContext } from '#delta/land'

/** The engineInfo of our commits. */
export const ENGINE_INFO = 'tickerlake/0.1.0'

/** Moves an application's progress from one position to another. */
export interface TxnAdvance {
  readonly appId: string
  /** What the table must hold; null: no txn of this application yet. */
  readonly from: Offset | null
  readonly to: Offset
}

/** What to append. The files are written already; their names are unique and they are never overwritten. */
export interface Append {
  readonly files: readonly AddFile[]
  readonly txns: readonly TxnAdvance[]
  /** As commitInfo names it, e.g. `STREAMING UPDATE`. */
  readonly operation: string
  readonly operationParameters?: Readonly<Record<string, string>>
}

/** How an append ended. Only `committed` put anything into the table. */
export type AppendOutcome =
  | { readonly kind: 'committed'; readonly snapshot: Snapshot }
  /** Another writer moved these applications on: drop the batch and begin again from what the table says. */
  | { readonly kind: 'fenced'; readonly appIds: readonly string[]; readonly snapshot: Snapshot }
  /** The table changed so that the files do not fit any more, or others were faster too often. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly snapshot: Snapshot }

/**
 * Commits the append on top of the snapshot, or of what came after it. Throws TABLE_UNSUPPORTED when the table asks
 * more of its writers than we know, COMMIT_UNRESOLVED when it cannot be found out whether the commit landed, and STORE_
 * errors.
 */
export async function commitAppend(
  store: ObjectStore,
  snapshot: Snapshot,
  append: Append,
  context: CommitContext,
): Promise<AppendOutcome> {
  requireSound(snapshot, append)
  const txnId = context.newId()
  const deadline = epochMs(context.clock.now() + COMMIT_TIME_MAX_MS)
  let newer: NewerSnapshot = isOld(snapshot, context) ? await readNewer(store, snapshot) : { snapshot, commits: [] }
  for (let race = 1; ; race++) {
    const base = newer.snapshot
    const objection = conflictWith(snapshot, newer, append)
    if (objection !== undefined) return { ...objection, snapshot: base }
    requireWritable(store.url, base)
    const landed = await attempt(store, { base, append, txnId, deadline }, context)
    if (landed !== undefined) return { kind: 'committed', snapshot: landed }
    if (race >= RACE_POLICY.attemptsMax || context.clock.now() >= deadline) return outrun(base, race)
    await context.clock.sleep(backoffMs(race, RACE_POLICY, context.random), context.signal)
    newer = await readNewer(store, base)
    // Should a store ever have shown us our own commit as another's, this is where it is known again.
    if (newer.commits?.some((commit) => commit.info?.txnId === txnId))
      return { kind: 'committed', snapshot: newer.snapshot }
  }
}

/** One version's attempt. */
interface Attempt {
  readonly base: Snapshot
  readonly append: Append
  readonly txnId: string
  readonly deadline: EpochMs
}

/** The snapshot with the append in it, or undefined when another commit has the version. */
async function attempt(store: ObjectStore, work: Attempt, context: CommitContext): Promise<Snapshot | undefined> {
  const { base, append, txnId, deadline } = work
  const now = context.clock.now()
  const version = tableVersion(base.version + 1)
  const txns = append.txns.map(({ appId, to }): Txn => ({ appId, version: to, lastUpdated: now }))
  const info = commitInfo(work, now)
  const actions: Action[] = [
    { commitInfo: info },
    ...txns.map((txn) => ({ txn })),
    ...append.files.map((add) => ({ add })),
  ]
  const landing = { version, bytes: encodeLogEntry(actions), txnId, deadline }
  if ((await landEntry(store, landing, context)) === 'taken') {
    context.logger?.debug({ table: store.url, version }, 'another writer has the version; rebasing')
    return undefined
  }
  const draft = beginDraft(base)
  applyCommit(draft, { version, timestamp: now, adds: append.files, removes: [], txns, info })
  return finishDraft(draft, store.url)
}

function commitInfo({ base, append, txnId }: Attempt, now: EpochMs): CommitInfo {
  const rows = rowsIn(append.files)
  return {
    timestamp: now,
    operation: append.operation,
    operationParameters: append.operationParameters ?? {},
    readVersion: base.version,
    isolationLevel: 'Serializable',
    isBlindAppend: true,
    operationMetrics: {
      numFiles: String(append.files.length),
      ...(rows === null ? {} : { numOutputRows: String(rows) }),
      numOutputBytes: String(bytesIn(append.files)),
    },
    engineInfo: ENGINE_INFO,
    txnId,
  }
}

/** A clock that is behind the newest commit tells no age, so that counts as old, too. */
function isOld(snapshot: Snapshot, context: CommitContext): boolean {
  return Math.abs(context.clock.now() - snapshot.timestamp) > SNAPSHOT_AGE_MAX_MS
}

function outrun(snapshot: Snapshot, races: number): AppendOutcome {
  return { kind: 'conflict', reason: `other writers were faster ${races} times in a row`, snapshot }
}

/** What only a bug can get wrong. */
function requireSound(snapshot: Snapshot, { files, txns }: Append): void {
  if (files.length + txns.length === 0) throw new Error('an append needs files or txns')
  if (new Set(txns.map((txn) => txn.appId)).size < txns.length) throw new Error('an append names an appId twice')
  if (new Set(files.map((file) => file.path)).size < files.length) throw new Error('an append names a file twice')
  for (const { appId, from, to } of txns) {
    if (from !== null && to < from) throw new Error(`${appId} must not go back from ${from} to ${to}`)
  }
  const columns = [...snapshot.metadata.partitionColumns].sort().join()
  for (const file of files) {
    if (!file.dataChange) throw new Error(`${file.path}: an append changes data`)
    if (Object.keys(file.partitionValues).sort().join() !== columns) {
      throw new Error(`${file.path} must have values for the partition columns ${columns}`)
    }
  }
}
