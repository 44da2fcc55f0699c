// The file that a replay reads, as its name stands in REPLAY_FILE: what can be told of it before anything is read.

import { accessSync, constants, statSync } from 'node:fs'
import { messageOf } from '#runtime/errors'

/** What REPLAY_FILE calls standard input. */
export const STANDARD_INPUT = '-'

/** Why the file cannot be replayed, as far as its name and rights tell; null when they do not forbid it. */
export function replayFileFault(file: string): string | null {
  if (file === STANDARD_INPUT) return null
  try {
    accessSync(file, constants.R_OK)
    return statSync(file).isDirectory() ? FOLDER : null
  } catch (error) {
    return fileFailure(error) ?? messageOf(error)
  }
}

/** What the file system's error means; null when that is nothing in particular. */
export function fileFailure(cause: unknown): string | null {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file; check REPLAY_FILE'
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read; check its permissions'
  return code === 'EISDIR' ? FOLDER : null
}

const FOLDER = 'it is a folder; REPLAY_FILE must name one file'
