// One copier a target: an object in the target's log that names the process at work, rewritten every few seconds.
// A lease is a courtesy, not what a copy's exactness rests on: every object of a copy is put only if absent and
// compared, so two copiers could waste each other's work, but not damage the table. No clocks are compared: a lease is
// over when its process is known to be gone, or when it was watched and did not change.
// It lies in `_delta_log/`, where engines pass over names that they do not know.

import type { ObjectStore } from '#object-store/object_store'
import { type Clock, waitAtMost } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { retry } from '#runtime/retry'
import {
  COPY_RETRY_POLICY,
  LEASE_BEAT_MS,
  LEASE_LOOK_MS,
  LEASE_LOOKS_MAX,
  LEASE_RELEASE_MAX_MS,
  LEASE_RELEASE_STOPPED_MAX_MS,
  LEASE_SETTLE_MS,
} from '#table-copy/limits'

/** Where the lease lies, below the table's root. */
export const LEASE_KEY = '_delta_log/_copier.json'

/** A process that copies. */
export interface Copier {
  /** Unique to this run. */
  readonly id: string
  /** For people. */
  readonly host: string
  /** Names the machine, and the processes that its process ids count; undefined where that cannot be told. */
  readonly machine: string | undefined
  readonly processId: number
}

/** What a lease needs from outside. */
export interface LeaseParts {
  readonly copier: Copier
  /** True only when the process is certainly gone. */
  readonly isGone: (holder: Copier) => boolean
  readonly clock: Clock
  readonly random: () => number
  /** Ends waiting and work. */
  readonly signal: AbortSignal
  /** Told when another copier has the lease, and it has to be found out whether that one still lives. */
  readonly onWait?: (holder: Copier | undefined) => void
}

/** The right to be the only copier to a target. */
export interface Lease {
  /** Aborts when the parts' signal does, and when another copier has taken over, which is then its reason. */
  readonly signal: AbortSignal
  /**
   * Gives it back; never rejects. Takes LEASE_RELEASE_MAX_MS at most, and from when the signal aborts
   * LEASE_RELEASE_STOPPED_MAX_MS at most.
   */
  release(): Promise<void>
}

/**
 * Runs work that copies to the target, as its only copier. Throws as takeLease does, and TARGET_IN_USE when another
 * copier has taken over meanwhile, whatever the work makes of its signal.
 */
export async function withLease<T>(
  target: ObjectStore,
  parts: LeaseParts,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const failed = new AbortController()
  const lease = await takeLease(target, { ...parts, signal: AbortSignal.any([parts.signal, failed.signal]) })
  try {
    const result = await work(lease.signal)
    if (isTakenOver(lease)) throw lease.signal.reason
    return result
  } catch (error) {
    const reason = isTakenOver(lease) ? lease.signal.reason : error
    // A failure is told at once: its store has little time to take the lease away.
    failed.abort()
    throw reason
  } finally {
    await lease.release()
  }
}

/**
 * Takes the lease, and beats from then on. Throws TARGET_IN_USE when another copier is at work, STOPPED when the signal
 * aborts while that is found out, and STORE_ errors.
 */
export async function takeLease(target: ObjectStore, parts: LeaseParts): Promise<Lease> {
  await becomeHolder(target, parts)
  const lost = new AbortController()
  const done = new AbortController()
  const beating = keepLease(target, parts, { lost, done: done.signal })
  const signal = AbortSignal.any([parts.signal, lost.signal])
  const leave = async () => {
    await beating
    await release(target, parts.copier)
  }
  return {
    signal,
    release: async () => {
      done.abort()
      const { clock } = parts
      const leaving = leave()
      await waitAtMost(leaving, { ms: LEASE_RELEASE_MAX_MS, clock, signal })
      if (signal.aborted) await waitAtMost(leaving, { ms: LEASE_RELEASE_STOPPED_MAX_MS, clock })
    },
  }
}

/** Whether another copier has taken the lease over. */
export function isTakenOver({ signal }: Lease): boolean {
  return signal.aborted && signal.reason instanceof PlatformError && signal.reason.code === 'TARGET_IN_USE'
}

async function becomeHolder(target: ObjectStore, parts: LeaseParts): Promise<void> {
  const seen = await patiently(parts, () => createOrSee(target, parts.copier))
  if (seen === 'ours') return
  const holder = holderIn(seen)
  if (!isOver(holder, parts)) {
    parts.onWait?.(holder)
    if (await changesWhileWatched(target, parts, seen)) throw inUse(target, holder)
  }
  await patiently(parts, () => replaceSame(target, { seen, copier: parts.copier }))
  // Several may have replaced the same old lease; the last of them has it.
  await parts.clock.sleep(LEASE_SETTLE_MS, parts.signal)
  const settled = await patiently(parts, () => holderAt(target))
  if (settled?.id !== parts.copier.id) throw inUse(target, settled)
}

function isOver(holder: Holder | undefined, { isGone }: LeaseParts): boolean {
  return holder !== undefined && (holder.isDone || isGone(holder))
}

function patiently<T>({ clock, random, signal }: LeaseParts, work: () => Promise<T>): Promise<T> {
  return retry(work, COPY_RETRY_POLICY, { clock, random, signal })
}

/** Creates the lease, or answers with what is there. An answer that was lost is looked up. */
async function createOrSee(target: ObjectStore, copier: Copier): Promise<'ours' | Uint8Array> {
  let failure: unknown
  try {
    if ((await target.putIfAbsent(LEASE_KEY, leaseBytes(copier, { beat: 0 }))) === 'created') return 'ours'
  } catch (error) {
    failure = error
  }
  const seen = await target.get(LEASE_KEY)
  if (seen === undefined) throw failure ?? givenBack(target)
  return holderIn(seen)?.id === copier.id ? 'ours' : seen
}

/** True as soon as the lease is another one than was seen: its holder lives. */
async function changesWhileWatched(target: ObjectStore, parts: LeaseParts, seen: Uint8Array): Promise<boolean> {
  for (let looks = 0; looks < LEASE_LOOKS_MAX; looks++) {
    await parts.clock.sleep(LEASE_LOOK_MS, parts.signal)
    if (parts.signal.aborted) throw new PlatformError('STOPPED', `stopped before the copy to ${target.url} began`)
    const now = await patiently(parts, () => target.get(LEASE_KEY))
    if (now === undefined || holderIn(now)?.isDone) return false
    if (Buffer.compare(now, seen) !== 0) return true
  }
  return false
}

/** Leaves a lease alone that is another one by now. */
async function replaceSame(
  target: ObjectStore,
  { seen, copier }: { readonly seen: Uint8Array; readonly copier: Copier },
): Promise<void> {
  const now = await target.get(LEASE_KEY)
  const isFree = now === undefined || Buffer.compare(now, seen) === 0 || holderIn(now)?.isDone === true
  if (isFree) await target.put(LEASE_KEY, leaseBytes(copier, { beat: 0 }))
}

/** Beats until it is done or the lease is another's. A beat that fails is made up for by the next one. */
async function keepLease(
  target: ObjectStore,
  { copier, clock }: LeaseParts,
  { lost, done }: { readonly lost: AbortController; readonly done: AbortSignal },
): Promise<void> {
  for (let beat = 1; ; beat++) {
    await clock.sleep(LEASE_BEAT_MS, done)
    if (done.aborted) return
    try {
      const holder = await holderAt(target)
      if (holder !== undefined && holder.id !== copier.id) return lost.abort(takenOver(target, holder))
      await target.put(LEASE_KEY, leaseBytes(copier, { beat }))
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
    }
  }
}

/** Takes the lease away; where nothing may be deleted, it says that it is over. If both fail it ends by itself. */
async function release(target: ObjectStore, copier: Copier): Promise<void> {
  try {
    if ((await holderAt(target))?.id !== copier.id) return
    await target.delete(LEASE_KEY).catch(() => target.put(LEASE_KEY, leaseBytes(copier, { isDone: true })))
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
  }
}

/** A copier, as a lease names it. */
interface Holder extends Copier {
  /** It has ended, and could not delete its lease. */
  readonly isDone: boolean
}

async function holderAt(target: ObjectStore): Promise<Holder | undefined> {
  const bytes = await target.get(LEASE_KEY)
  return bytes === undefined ? undefined : holderIn(bytes)
}

function leaseBytes({ id, host, machine, processId }: Copier, state: { beat: number } | { isDone: true }): Uint8Array {
  return Buffer.from(JSON.stringify({ id, host, machine, processId, ...state }))
}

/** The copier that a lease names; undefined when it names none. */
function holderIn(bytes: Uint8Array): Holder | undefined {
  try {
    const { id, host, machine, processId, isDone } = JSON.parse(Buffer.from(bytes).toString())
    if (typeof id !== 'string' || typeof host !== 'string' || typeof processId !== 'number') return undefined
    return { id, host, machine: typeof machine === 'string' ? machine : undefined, processId, isDone: isDone === true }
  } catch {
    return undefined
  }
}

function inUse(target: ObjectStore, holder: Copier | undefined): PlatformError {
  const message = `${target.url} is in use: ${described(holder)} copies to it; stop it first, or let it do the work`
  return new PlatformError('TARGET_IN_USE', message, { fields: fieldsOf(target, holder) })
}

function takenOver(target: ObjectStore, holder: Copier | undefined): PlatformError {
  const message =
    `${described(holder)} has taken over the copy to ${target.url}, so this one ends; ` +
    'what it has copied is whole, and the other one goes on from there'
  return new PlatformError('TARGET_IN_USE', message, { fields: fieldsOf(target, holder) })
}

function givenBack(target: ObjectStore): PlatformError {
  const message = `the lease of another copier at ${target.url} came and went; try again`
  return new PlatformError('TARGET_IN_USE', message, { retryable: true })
}

function described(holder: Copier | undefined): string {
  return holder === undefined ? 'another copier' : `another copier (process ${holder.processId} on ${holder.host})`
}

function fieldsOf(target: ObjectStore, holder: Copier | undefined) {
  return { target: target.url, host: holder?.host, processId: holder?.processId }
}
