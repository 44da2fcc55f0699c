// Who feeds an embedded log. Two markets in one log would be mixed for ever, so a built-in source claims it first. The
// claim is a lock of SQLite's, which the kernel frees with the process, kill -9 included, and which holds between
// containers that share a disk; a file beside it names the holder, for the message alone.

import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy, storageError } from '#log/embedded/sqlite/storage_error'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'

const LOCK_FILE = 'producer.lock'
const HOLDER_FILE = 'producer.json'

/** A claim that is held until it is released or the process ends. */
export interface ProducerClaim {
  release(): void
}

interface Holder {
  readonly command: string
  readonly processId: number
  readonly host: string
  readonly since: string
}

/** Claims the log in a folder for the process's own source. Throws LOG_IN_USE when another process has claimed it. */
export function claimProducer(
  folder: string,
  { command, clock }: { readonly command: string; readonly clock: Clock },
): ProducerClaim {
  const path = join(folder, LOCK_FILE)
  const lock = openLock(path)
  try {
    lock.exec('BEGIN EXCLUSIVE')
    writeHolder(join(folder, HOLDER_FILE), { command, clock })
  } catch (error) {
    lock.close()
    throw isBusy(error) ? inUse(folder) : storageError(error, path)
  }
  return { release: () => lock.close() }
}

function writeHolder(path: string, { command, clock }: { readonly command: string; readonly clock: Clock }): void {
  const since = new Date(clock.now()).toISOString()
  const holder: Holder = { command, processId: process.pid, host: hostname(), since }
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`)
  } catch (cause) {
    const message = `${path} cannot be written: ${messageOf(cause)}; check the disk and who may write there`
    throw new PlatformError('LOG_FAILED', message, { cause, fields: { path } })
  }
}

function openLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw storageError(error, path)
  }
}

function inUse(folder: string): PlatformError {
  const message =
    `the embedded log in ${folder} is fed already, by ${holderText(folder)}; ` +
    'end that one first, or give this one a DATA_DIR of its own'
  return new PlatformError('LOG_IN_USE', message, { fields: { folder } })
}

function holderText(folder: string): string {
  try {
    const { command, processId, host, since } = JSON.parse(readFileSync(join(folder, HOLDER_FILE), 'utf8')) as Holder
    const place = host === hostname() ? '' : ` on ${host}`
    return `\`tickerlake ${command}\`, process ${processId}${place}, since ${since}`
  } catch {
    // It has the lock and has not yet written who it is.
    return 'another process that has only just begun'
  }
}
