// Writing a file so that nobody ever sees a part of it, and so that it outlives a power cut: bytes first, under an
// unfinished name, synced; then the name, by one atomic call; then the folder, synced.

import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Names that begin so are unfinished files. Only a crash leaves one behind, and it may be deleted at any time. */
export const UNFINISHED_PREFIX = '.tmp-'

/** The whole of such a name: the number of the process that wrote it, and a count. */
export const UNFINISHED_NAME = /^\.tmp-(\d+)-\d+$/

/** What link() answers where the filesystem has no hard links. */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

/** How many unfinished names are tried; more are taken only by that many crashes of a process with our number. */
const NAME_ATTEMPTS_MAX = 10_000

/** Counts the unfinished files of this process. */
let unfinishedFiles = 0

/** What a file is to hold: the bytes, or their parts in order. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

/**
 * Writes and syncs the bytes under an unfinished name in the folder; returns the path. Leaves nothing when it fails.
 */
export async function writeUnfinished(folder: string, body: Body): Promise<string> {
  const { path, file } = await openUnfinished(folder)
  try {
    await file.writeFile(body)
    await file.sync()
  } catch (error) {
    await file.close()
    await discard(path)
    throw error
  }
  await file.close()
  return path
}

/** O_EXCL makes the name ours, also among containers that share the folder and whose processes have the same number. */
async function openUnfinished(folder: string): Promise<{ readonly path: string; readonly file: FileHandle }> {
  for (let attempt = 1; ; attempt++) {
    const path = join(folder, `${UNFINISHED_PREFIX}${process.pid}-${unfinishedFiles++}`)
    try {
      return { path, file: await open(path, 'wx') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === NAME_ATTEMPTS_MAX) throw error
    }
  }
}

/** Whether the name was free. */
export type CreateOutcome = 'created' | 'exists'

/** Gives an unfinished file its name, over a file that may have it. */
export async function replaceFrom(unfinished: string, path: string): Promise<void> {
  try {
    await rename(unfinished, path)
  } catch (error) {
    await discard(unfinished)
    throw error
  }
  await syncFolder(dirname(path))
}

/**
 * Gives an unfinished file its name unless a file has it. With hard links that is one atomic call. Without them the
 * name is claimed by an empty file (O_EXCL, so one claimant wins) and the whole file renamed over it: others may see
 * the file empty for an instant, and a crash just then leaves it empty.
 */
export async function createFrom(unfinished: string, path: string, hardLinks: boolean): Promise<CreateOutcome> {
  const outcome = hardLinks ? await linkOrClaim(unfinished, path) : await claim(unfinished, path)
  // Also when the other was first: what the caller does next must not outlive the name that it builds on.
  await syncFolder(dirname(path))
  return outcome
}

/** Makes the names in a folder durable. Windows neither needs nor allows it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function linkOrClaim(unfinished: string, path: string): Promise<CreateOutcome> {
  try {
    await link(unfinished, path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (NO_HARD_LINKS.has(code)) return claim(unfinished, path)
    return loseOrThrow(error, unfinished)
  }
  await discard(unfinished)
  return 'created'
}

async function claim(unfinished: string, path: string): Promise<CreateOutcome> {
  try {
    const claimed = await open(path, 'wx')
    await claimed.close()
  } catch (error) {
    return loseOrThrow(error, unfinished)
  }
  try {
    await rename(unfinished, path)
  } catch (error) {
    // Ours and empty; left there it would pass for an object.
    await discard(path)
    await discard(unfinished)
    throw error
  }
  return 'created'
}

/** The unfinished file is of no more use: another was first, or the write failed. */
async function loseOrThrow(error: unknown, unfinished: string): Promise<CreateOutcome> {
  await discard(unfinished)
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists'
  throw error
}

/** What cannot be removed now is left as an unfinished file, which harms nobody. */
async function discard(path: string): Promise<void> {
  await unlink(path).catch(() => {})
}
