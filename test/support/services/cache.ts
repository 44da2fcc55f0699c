// Programs for the tests that are not npm packages: kept in the user's cache folder, outside the repository.
// A folder in the cache is whole or not there: it is filled under another name and renamed.

import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Env } from '#runtime/settings'

/** Where a program of that name and version lives, whether or not it is there. */
export function cacheFolder(env: Env, name: string): string {
  const root = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(root, 'tickerlake', name)
}

/** Whether a file or folder is there. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Fills a folder of the cache. Of two runs that do so at once, the first to finish wins. */
export async function fillCache(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(`${folder}.tmp-`)
  try {
    await fill(temporary)
    await rename(temporary, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
