// The SQLite file of the embedded log: opened durable (WAL, synchronous=FULL), schema versioned, failures mapped.
// Every transaction is synchronous and takes the write lock at its beginning, so none spans a turn of the event loop.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  BUSY_SLICE_MS,
  BUSY_TIMEOUT_MS,
  CHECKPOINT_PAGES,
  JOURNAL_BYTES_MAX,
  OPEN_ATTEMPTS_MAX,
  OPEN_RETRY_MS,
  PAGE_BYTES,
} from '#log/embedded/limits'
import { openReadOnlyFile, type ReadOnlyFile } from '#log/embedded/sqlite/read_only_file'
import { isBusy, storageError } from '#log/embedded/sqlite/storage_error'
import { PlatformError } from '#runtime/errors'

/** The schema that this code writes; a file with a higher one was written by a newer release. */
export const SCHEMA_VERSION = 1

const SCHEMA = `
CREATE TABLE log (
  id TEXT NOT NULL,
  -- Counts what members of groups must notice: joins, leaves, takeovers.
  membership_changes INTEGER NOT NULL
) STRICT;
CREATE TABLE topics (topic TEXT PRIMARY KEY, id TEXT NOT NULL, partitions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE partitions (
  partition_id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  log_start INTEGER NOT NULL,
  log_end INTEGER NOT NULL,
  last_timestamp INTEGER NOT NULL,
  UNIQUE (topic, partition)
) STRICT;
CREATE TABLE batches (
  partition_id INTEGER NOT NULL,
  base_offset INTEGER NOT NULL,
  count INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  records BLOB NOT NULL,
  PRIMARY KEY (partition_id, base_offset)
) STRICT;
CREATE TABLE committed (
  group_name TEXT NOT NULL,
  partition_id INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  PRIMARY KEY (group_name, partition_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
  joined INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id TEXT NOT NULL UNIQUE,
  group_name TEXT NOT NULL,
  topics TEXT NOT NULL,
  host TEXT NOT NULL,
  process_id INTEGER NOT NULL,
  process_token TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE leases (
  group_name TEXT NOT NULL,
  partition_id INTEGER NOT NULL,
  member_id TEXT NOT NULL,
  lease_id TEXT NOT NULL,
  PRIMARY KEY (group_name, partition_id)
) STRICT, WITHOUT ROWID;
`

/** What a log is opened for. */
export type LogAccess = 'read' | 'write'

/** An open file. All work on it goes through `read` and `transaction`, which map SQLite's errors. */
export class LogDatabase {
  readonly path: string
  readonly #sqlite: DatabaseSync
  readonly #assertWhole: ReadOnlyFile['assertWhole']

  /**
   * Opens or creates the file; `newId` names a new log. For `read` the file must be there, and it is left as it is.
   * Throws LOG_FAILED or STORE_FULL, and LOG_TOPIC_MISSING when there is nothing to read.
   */
  constructor(path: string, { newId, access = 'write' }: { newId: () => string; access?: LogAccess }) {
    this.path = path
    const file = this.#mapped(() => (access === 'read' ? openReadOnlyFile(path) : openPatiently(path)))
    this.#sqlite = file.sqlite
    this.#assertWhole = file.assertWhole
    try {
      if (access === 'read') this.read(() => this.#requireSchema())
      else this.transaction(() => this.#ensureSchema(newId))
    } catch (error) {
      this.#sqlite.close()
      throw error
    }
  }

  /** Prepares a statement whose rows are arrays. */
  prepare(sql: string): StatementSync {
    const statement = this.#mapped(() => this.#sqlite.prepare(sql))
    statement.setReturnArrays(true)
    return statement
  }

  /** Runs reading statements. */
  read<T>(work: () => T): T {
    const result = this.#mapped(work)
    this.#assertWhole()
    return result
  }

  /** Runs statements as one durable transaction, or not at all. Waits so long for another process that is writing. */
  transaction<T>(work: () => T, busyTimeoutMs = BUSY_TIMEOUT_MS): T {
    return this.#mapped(() => {
      this.#begin(busyTimeoutMs)
      try {
        const result = work()
        this.#sqlite.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
        throw error
      }
    })
  }

  close(): void {
    if (this.#sqlite.isOpen) this.#mapped(() => this.#sqlite.close())
  }

  /**
   * SQLite's own waiting doubles its pauses up to 100 ms and so may never meet the short gap that a process leaves
   * which writes without rest. Short slices, begun again, do.
   */
  #begin(busyTimeoutMs: number): void {
    for (let waitedMs = BUSY_SLICE_MS; ; waitedMs += BUSY_SLICE_MS) {
      try {
        this.#sqlite.exec('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (!isBusy(error) || waitedMs >= busyTimeoutMs) throw error
      }
    }
  }

  /** False when the file is empty. */
  #hasSchema(): boolean {
    const version = Number(this.#sqlite.prepare('PRAGMA user_version').get()?.user_version)
    if (version === SCHEMA_VERSION || version === 0) return version !== 0
    const message = `the embedded log ${this.path} is of a newer release (schema ${version}); use that one`
    throw new PlatformError('LOG_FAILED', message, { fields: { path: this.path, version } })
  }

  #requireSchema(): void {
    if (this.#hasSchema()) return
    throw new PlatformError('LOG_TOPIC_MISSING', `the embedded log ${this.path} is empty; run \`tickerlake init\``)
  }

  #ensureSchema(newId: () => string): void {
    if (this.#hasSchema()) return
    this.#sqlite.exec(SCHEMA)
    this.#sqlite.prepare('INSERT INTO log (id, membership_changes) VALUES (?, 0)').run(newId())
    this.#sqlite.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  }

  #mapped<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw storageError(error, this.path)
    }
  }
}

/** Switching a new file to WAL ignores the busy timeout, so processes that start together wait for each other here. */
function openPatiently(path: string): ReadOnlyFile {
  for (let attempt = 1; ; attempt++) {
    const sqlite = new DatabaseSync(path, { timeout: BUSY_SLICE_MS })
    try {
      sqlite.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
      sqlite.exec('PRAGMA journal_mode = WAL')
      sqlite.exec('PRAGMA synchronous = FULL')
      sqlite.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
      sqlite.exec(`PRAGMA journal_size_limit = ${JOURNAL_BYTES_MAX}`)
      return { sqlite, assertWhole() {} }
    } catch (error) {
      sqlite.close()
      if (!isBusy(error) || attempt === OPEN_ATTEMPTS_MAX) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_RETRY_MS)
    }
  }
}
