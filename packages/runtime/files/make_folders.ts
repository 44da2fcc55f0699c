// Making a folder with those above it. Node's own `recursive` never returns where a folder is there but takes no new
// one, as below /proc: it makes the parent, is told that it exists, and tries again.

import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes the folder and those above it that are missing. Returns the topmost one made; undefined when all were there.
 */
export async function makeFolders(folder: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let each = resolve(folder); !(await isFolder(each)); each = dirname(each)) missing.unshift(each)
  for (const each of missing) await makeOne(each)
  return missing[0]
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    // Another process may have been faster.
    if (codeOf(error) !== 'EEXIST' || !(await isFolder(folder))) throw error
  }
}

/** False when nothing is there. Throws ENOTDIR when a file is. */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  throw Object.assign(new Error(`ENOTDIR: ${path} is no folder`), { code: 'ENOTDIR' })
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
