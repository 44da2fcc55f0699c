// Small text files that settings name, such as secrets and rules. Read at start, whole.

import { readFileSync } from 'node:fs'
import { messageOf } from '#runtime/errors'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
}

/** The text of a UTF-8 file, without a byte order mark; or why it cannot be had, to stand behind `cannot be read: `. */
export function readTextFile(path: string): { readonly text: string } | { readonly reason: string } {
  try {
    const text = new TextDecoder().decode(readFileSync(path))
    // UTF-16 without a mark decodes as UTF-8 that is full of zeros.
    return /[\0\ufffd]/.test(text) ? { reason: 'it is not UTF-8; save it as UTF-8' } : { text }
  } catch (error) {
    return { reason: REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error) }
  }
}
