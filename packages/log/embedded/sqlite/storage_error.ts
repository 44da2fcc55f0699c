// SQLite's result codes as the failures that a user can act upon. Source: sqlite.org/rescode.html.

import { messageOf, PlatformError } from '#runtime/errors'

const PRIMARY_CODE = 0xff
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const TOOBIG = 18
const NOTADB = 26

/** The PlatformError for what SQLite threw; anything else is given back as it is. */
export function storageError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error
  const code = error.errcode & PRIMARY_CODE
  const options = { cause: error, fields: { path, errcode: error.errcode } }
  const failed = (text: string, retryable = false) => new PlatformError('LOG_FAILED', text, { ...options, retryable })
  const reason = messageOf(error)
  switch (code) {
    case FULL:
      return new PlatformError(
        'STORE_FULL',
        `no space is left for the embedded log ${path}; free some, then start again`,
        options,
      )
    case BUSY:
    case LOCKED:
      return failed(`another process keeps the embedded log ${path} locked; end it or try again`, true)
    case CORRUPT:
    case NOTADB:
      return failed(`${path} is damaged or not an embedded log (${reason}); move it away or restore a copy`)
    case READONLY:
    case CANTOPEN:
      return failed(
        `the embedded log ${path} cannot be opened for writing (${reason}); check that its folder is writable`,
      )
    case IOERR:
      return failed(`the disk of the embedded log ${path} failed (${reason}); check the disk, then start again`)
    case TOOBIG:
      return new PlatformError('LOG_RECORD_TOO_LARGE', `a record is too large for the embedded log ${path}`, options)
    default:
      return failed(`the embedded log ${path} failed: ${reason}`)
  }
}

/** Whether the file, or what SQLite keeps beside it, cannot be opened or made. */
export function isCannotOpen(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & PRIMARY_CODE) === CANTOPEN
}

/** Whether another connection holds the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & PRIMARY_CODE) === BUSY
}

function isSqliteError(error: unknown): error is Error & { readonly errcode: number } {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR' && 'errcode' in error
}
