// What all parts of a pass share: the two stores, the limits, the retries, and the counts that become its outcome.

import type { ObjectStore } from '#object-store/object_store'
import { messageOf, PlatformError } from '#runtime/errors'
import { retry } from '#runtime/retry'
import type { TableVersion } from '#runtime/units'
import { COPY_LIMITS_DEFAULT, COPY_RETRY_POLICY, type CopyLimits } from '#table-copy/limits'
import type { CopyOptions, CopyProgress } from '#table-copy/pass'
import { type CopyRoom, openCopyRoom } from '#table-copy/side_by_side'

/** What was done so far. */
export interface Tally {
  entries: number
  files: number
  bytes: number
  skippedFiles: number
  checkpoints: number
}

/** A pass at work. */
export interface CopyWork {
  readonly source: ObjectStore
  readonly target: ObjectStore
  readonly options: CopyOptions
  readonly limits: CopyLimits
  readonly room: CopyRoom
  readonly tally: Tally
  /** How far it is, for whoever shows it; `to` and the planned counts stand once there is a plan. */
  readonly progress: { -readonly [Field in keyof CopyProgress]: CopyProgress[Field] }
}

/** Begins; nothing is read yet. */
export function beginWork(source: ObjectStore, target: ObjectStore, options: CopyOptions): CopyWork {
  const limits = { ...COPY_LIMITS_DEFAULT, ...options.limits }
  return {
    source,
    target,
    options,
    limits,
    room: options.room ?? openCopyRoom(limits),
    tally: { entries: 0, files: 0, bytes: 0, skippedFiles: 0, checkpoints: 0 },
    progress: { version: undefined, to: 0 as TableVersion, files: 0, bytes: 0, filesPlanned: 0, bytesPlanned: 0 },
  }
}

/** Tells how far the pass is. */
export function tellProgress({ options, progress }: CopyWork): void {
  options.onProgress?.({ ...progress })
}

/** Runs a request, again and again while its failure is one that may pass. Throws its last error, or as a stop does. */
export async function tried<T>(work: CopyWork, request: () => Promise<T>): Promise<T> {
  const { clock, random, signal, logger } = work.options
  const once = () => {
    requireRunning(work)
    return request()
  }
  return retry(once, COPY_RETRY_POLICY, {
    clock,
    random,
    ...(signal === undefined ? {} : { signal }),
    onRetry: (error, attempt, delayMs) =>
      logger?.warn({ attempt, delayMs, cause: messageOf(error) }, 'a request of the copy failed; trying it again'),
  })
}

/** Throws when the pass was told to stop: the signal's reason if it is one of ours, else STOPPED. */
export function requireRunning({ options: { signal }, target }: CopyWork): void {
  if (signal?.aborted !== true) return
  if (signal.reason instanceof PlatformError) throw signal.reason
  const message = `the copy to ${target.url} was stopped; what is there is whole, and the next copy goes on from it`
  throw new PlatformError('STOPPED', message, { fields: { target: target.url } })
}

/**
 * The source does not have any more what a version of it needs: it was vacuumed or cleaned, before or meanwhile. Then
 * the pass begins anew, at a checkpoint.
 */
export class GoneAtSource extends Error {
  override readonly name = 'GoneAtSource'
  readonly version: TableVersion

  constructor(what: string, version: TableVersion) {
    super(`${what}, which version ${version} needs, is not at the source any more`)
    this.version = version
  }
}
