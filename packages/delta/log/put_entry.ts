// Puts one log entry at one version, exactly once, even when the answer to the PUT is lost. Any answer but 'created'
// leaves the outcome unknown until the version is read back: it may be ours, the winning commit's, or still on its way.
// Only identical bytes are ever put to one version, so a delayed PUT can do no harm, and the caller moves to the next
// version only when another commit has won this one.
// Source: docs/delta.md, Exactly once.

import { COMMIT_TIME_MAX_MS, PUT_RETRY_POLICY, SNAPSHOT_AGE_MAX_MS } from '#delta/limits'
import { readTxnId } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { type ErrorCode, messageOf, PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { backoffMs } from '#runtime/retry'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

/** What a commit needs from outside. */
export interface CommitContext {
  readonly clock: Clock
  /** A new globally unique id (UUID). */
  readonly newId: () => string
  /** A number in [0, 1). */
  readonly random: () => number
  /** Aborting it ends the waits; what is then still unresolved is reported so. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
}

/** An entry for one version. */
export interface NewLogEntry {
  readonly version: TableVersion
  readonly bytes: Uint8Array
  /** The commit's own id, as its commitInfo has it. */
  readonly txnId: string
  /** When to give up; from now COMMIT_TIME_MAX_MS by default. */
  readonly deadline?: EpochMs
}

/** Refusals that a store gives before it writes anything; others say so in their field `refused`. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'STORE_AUTH_FAILED',
  'STORE_BUCKET_MISSING',
  'STORE_FULL',
  'STORE_NO_CONDITIONAL_PUT',
])

/**
 * Puts the entry: `committed`, or `taken` when another commit has the version. Throws the store's error when it refused
 * to write at all, and COMMIT_UNRESOLVED when the outcome stays unknown.
 */
export async function putLogEntry(
  store: ObjectStore,
  entry: NewLogEntry,
  context: CommitContext,
): Promise<'committed' | 'taken'> {
  const begun = context.clock.now()
  const deadline = entry.deadline ?? begun + COMMIT_TIME_MAX_MS
  let inDoubt = false
  for (let attempt = 1; ; attempt++) {
    const failure = await tryPut(store, entry)
    if (failure === 'created') return committed(store, entry, context.clock.now() - begun)
    inDoubt ||= !isRefusal(failure)
    const found = await readBack(store, entry)
    if (found === 'ours') return committed(store, entry, context.clock.now() - begun)
    if (found === 'theirs') return 'taken'
    if (!inDoubt) throw failure
    const delayMs = backoffMs(attempt, PUT_RETRY_POLICY, context.random)
    const over = attempt >= PUT_RETRY_POLICY.attemptsMax || context.clock.now() + delayMs > deadline
    const cause = found.failure ?? failure
    if (over || context.signal?.aborted) throw unresolved(store, entry, { attempt, cause })
    const fields = { table: store.url, version: entry.version, attempt, delayMs, cause: messageOf(cause) }
    context.logger?.warn(
      fields,
      'unknown whether the commit was written; putting the same bytes to the same version again',
    )
    await context.clock.sleep(delayMs, context.signal)
  }
}

/**
 * Whoever slept for days between the look at the log and the PUT may have been given a number that log cleanup had
 * freed: then the entry before it is gone, too, and this one stands behind a checkpoint, where nobody reads it.
 */
async function committed(store: ObjectStore, entry: NewLogEntry, elapsedMs: number): Promise<'committed'> {
  const { version, txnId } = entry
  if (elapsedMs <= SNAPSHOT_AGE_MAX_MS || version === 0) return 'committed'
  if ((await store.get(commitKey(tableVersion(version - 1)))) !== undefined) return 'committed'
  const message =
    `version ${version} of ${store.url} was written after its place in the log had been cleaned up ` +
    `(commit ${txnId}), so the table does not have it; start again: the table then says how far it got`
  throw new PlatformError('COMMIT_UNRESOLVED', message, { fields: { table: store.url, version, txnId } })
}

/** `created`, or why it is not known to be. */
async function tryPut(store: ObjectStore, { version, bytes }: NewLogEntry): Promise<'created' | Error> {
  try {
    const outcome = await store.putIfAbsent(commitKey(version), bytes)
    return outcome === 'created' ? outcome : new Error('the store says that the version exists')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function isRefusal(error: Error): boolean {
  return error instanceof PlatformError && (REFUSALS.has(error.code) || error.fields.refused === true)
}

/** Whose the version is; `failure` says why that cannot be told, and is absent when nothing is there (yet). */
async function readBack(store: ObjectStore, entry: NewLogEntry): Promise<'ours' | 'theirs' | { failure?: unknown }> {
  try {
    const bytes = await store.get(commitKey(entry.version))
    if (bytes === undefined) return {}
    const source = { url: store.url, version: entry.version, modified: 0 as EpochMs }
    return readTxnId(bytes, source) === entry.txnId ? 'ours' : 'theirs'
  } catch (failure) {
    return { failure }
  }
}

function unresolved(store: ObjectStore, entry: NewLogEntry, last: { attempt: number; cause: unknown }): PlatformError {
  const { version, txnId } = entry
  const message =
    `it is unknown whether version ${version} of ${store.url} was written (commit ${txnId}): ` +
    `${last.attempt} attempts, the last one failed with: ${messageOf(last.cause)}; ` +
    `start again: the table then says how far it got`
  const fields = { table: store.url, version, txnId, attempts: last.attempt }
  return new PlatformError('COMMIT_UNRESOLVED', message, { cause: last.cause, fields })
}
