// What the operating system answers, as PlatformErrors that say what to do.

import { messageOf, PlatformError } from '#runtime/errors'

/** Whether there is no such file: a missing folder above it and a file in a folder's place included. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR'
}

/** A failure below a root. A RangeError, which is a bug of the caller, and a PlatformError pass unchanged. */
export function filesystemError(error: unknown, what: { readonly root: string; readonly attempt: string }): unknown {
  if (error instanceof RangeError || error instanceof PlatformError) return error
  const code = codeOf(error)
  const fields = { store: what.root, attempt: what.attempt, code, refused: REFUSED.has(code) }
  const failed = `could not ${what.attempt} in ${what.root}`
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `${failed}: no space is left there (${code}); make room, or use another folder`
    return new PlatformError('STORE_FULL', message, { cause: error, fields })
  }
  const message = `${failed}: ${adviceFor(code) ?? messageOf(error)}`
  return new PlatformError('STORE_FAILED', message, { cause: error, fields, retryable: RETRYABLE.has(code) })
}

/** Conditions that pass by themselves: too many open files, a busy or interrupted device. */
const RETRYABLE = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'ETIMEDOUT'])

/** Refusals to write at all: nothing was written, so a commit that meets one is not in doubt. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS'])

function adviceFor(code: string): string | undefined {
  if (code === 'EACCES' || code === 'EPERM') return `not permitted (${code}); give this user the right to write there`
  if (code === 'EROFS') return 'the filesystem is read-only (EROFS); use another folder'
  if (code === 'ENOTDIR' || code === 'EEXIST') return `a file is where a folder should be (${code}); move it away`
  if (code === 'EMFILE' || code === 'ENFILE') return `too many files are open (${code}); raise the limit (ulimit -n)`
  return undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
