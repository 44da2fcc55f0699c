// SQLite's failures, provoked for real where that is possible, as the failures that a user reads.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { storageError } from '#log/embedded/sqlite/storage_error'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'

const folder = mkdtempSync(join(tmpdir(), 'tickerlake-error-'))
afterAll(() => rmSync(folder, { recursive: true }))

function failureOf(work: () => unknown): PlatformError {
  try {
    work()
  } catch (error) {
    const mapped = storageError(error, 'the-file')
    if (mapped instanceof PlatformError) return mapped
    throw mapped
  }
  throw new Error('it did not fail')
}

const open = (path: string) => openEmbeddedLog({ path, clock: systemClock, logger: silentLogger })

describe('a failure of the embedded log', () => {
  test('for want of space says which file and what to do', () => {
    const sqlite = new DatabaseSync(join(folder, 'full.sqlite'))
    sqlite.exec('PRAGMA max_page_count = 4; CREATE TABLE full (data BLOB)')
    const failure = failureOf(() => sqlite.prepare('INSERT INTO full VALUES (zeroblob(100000))').run())
    expect(failure).toMatchObject({ code: 'STORE_FULL', retryable: false, fields: { path: 'the-file' } })
    expect(failure.message).toMatch(/no space .*the-file; free some/)
    sqlite.close()
  })

  test('for a lock that is held says so and may be tried again', () => {
    const path = join(folder, 'locked.sqlite')
    const [one, two] = [new DatabaseSync(path), new DatabaseSync(path, { timeout: 0 })]
    one.exec('BEGIN IMMEDIATE')
    const failure = failureOf(() => two.exec('BEGIN IMMEDIATE'))
    expect(failure).toMatchObject({ code: 'LOG_FAILED', retryable: true })
    one.close()
    two.close()
  })

  test('for a file that is no database says so', () => {
    const path = join(folder, 'text.sqlite')
    writeFileSync(path, 'this is not a database, and long enough to be looked at as one'.repeat(100))
    const failure = failureOf(() => open(path))
    expect(failure).toMatchObject({ code: 'LOG_FAILED', retryable: false, fields: { path } })
    expect(failure.message).toMatch(/damaged or not an embedded log/)
  })

  test('for a folder that is not there says so', () => {
    const failure = failureOf(() => open(join(folder, 'none', 'log.sqlite')))
    expect(failure).toMatchObject({ code: 'LOG_FAILED', retryable: false })
    expect(failure.message).toMatch(/check that its folder is writable/)
  })

  test('for a newer schema refuses the file and leaves it as it is', () => {
    const path = join(folder, 'newer.sqlite')
    const sqlite = new DatabaseSync(path)
    sqlite.exec('PRAGMA user_version = 99')
    sqlite.close()
    expect(failureOf(() => open(path)).message).toMatch(/newer release \(schema 99\)/)
    const after = new DatabaseSync(path)
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({ n: 0 })
    after.close()
  })

  test('that is no failure of SQLite is a bug and stays what it is', () => {
    const bug = new TypeError('a bug')
    expect(storageError(bug, 'the-file')).toBe(bug)
  })
})
