// Opens the SQLite file of an embedded log for reading, also where nothing can be written. Three cases, by what lies
// beside it: with its -shm (a log in use, or one whose process was killed) SQLite reads file and -wal together; without
// -shm it has to make one; where it cannot, and no -wal holds records, the file alone is the whole log and is read as
// it stands, until a writer shows up. A -wal is never passed over: its records were acknowledged. Source:
// sqlite.org/wal.html, Read-Only Databases.

import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { BUSY_TIMEOUT_MS } from '#log/embedded/limits'
import { isCannotOpen } from '#log/embedded/sqlite/storage_error'
import { messageOf, PlatformError } from '#runtime/errors'

/** A file that is open. */
export interface ReadOnlyFile {
  readonly sqlite: DatabaseSync
  /** Throws LOG_FAILED when what was read since the opening may not fit together. */
  assertWhole(): void
}

/** Opens the file. Throws LOG_TOPIC_MISSING when there is none, LOG_FAILED when its -wal cannot be read. */
export function openReadOnlyFile(path: string): ReadOnlyFile {
  if (stampOf(path) === undefined) {
    const message = `there is no embedded log ${path}; check DATA_DIR, or run \`tickerlake init\``
    throw new PlatformError('LOG_TOPIC_MISSING', message, { fields: { path } })
  }
  try {
    return { sqlite: opened(path), assertWhole() {} }
  } catch (error) {
    if (!isCannotOpen(error)) throw error
    return openUnchanging(path, error)
  }
}

/** SQLite takes no locks here and sees no -wal, so it is on us to notice a writer. */
function openUnchanging(path: string, cause: unknown): ReadOnlyFile {
  const before = stampOf(path)
  if (isWalInUse(path)) throw unreadableWal(path, cause)
  return {
    sqlite: opened(new URL(`${pathToFileURL(path)}?immutable=1`)),
    assertWhole() {
      if (!isWalInUse(path) && stampOf(path) === before) return
      const message = `the embedded log ${path} was written to while it was read from a read-only folder; run it again`
      throw new PlatformError('LOG_FAILED', message, { retryable: true, fields: { path } })
    },
  }
}

/** The first statement is what looks at -wal and -shm. */
function opened(location: string | URL): DatabaseSync {
  const sqlite = new DatabaseSync(location, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    sqlite.prepare('PRAGMA user_version').get()
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

function isWalInUse(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** What changes when the file is written to; undefined when there is no file. */
function stampOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
}

function unreadableWal(path: string, cause: unknown): PlatformError {
  const what = `the embedded log ${path} has records in ${path}-wal, which cannot be read in a read-only folder`
  const advice = 'copy both files to a folder that can be written, and name that one as DATA_DIR'
  return new PlatformError('LOG_FAILED', `${what} without ${path}-shm (${messageOf(cause)}); ${advice}`, { cause })
}
