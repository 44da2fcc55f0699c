// Guards against folders that somebody deletes while a store uses them. A folder that was seen and is missing later is
// not made again: it would hold the newest objects without those they build on, such as a Delta log without its
// beginning.

import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PlatformError } from '#runtime/errors'

/** How many are remembered. A lake has one a table and day. */
const SEEN_FOLDERS_MAX = 10_000

/** Remembers the folders at and below a root. */
export class DeletedFolderGuard {
  readonly #root: string
  readonly #seen = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Remembers a folder, and those above it up to the root. */
  add(folder: string): void {
    for (const each of this.#upToRoot(folder)) {
      if (this.#seen.has(each) || this.#seen.size >= SEEN_FOLDERS_MAX) return
      this.#seen.add(each)
    }
  }

  /** Throws STORE_FAILED when the folder, or one above it, was seen before and is missing now. */
  async assertNotDeleted(folder: string): Promise<void> {
    for (const each of this.#upToRoot(folder)) {
      if (this.#seen.has(each) && !(await isThere(each))) throw deleted(each)
    }
  }

  *#upToRoot(folder: string): Generator<string> {
    for (let each = folder; each.length > this.#root.length; each = dirname(each)) yield each
    yield this.#root
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

function deleted(folder: string): PlatformError {
  const fact = `the folder ${folder} was deleted while it was in use, and is not made again`
  const message = `${fact}: put it back, or start this process again, which makes a new one`
  return new PlatformError('STORE_FAILED', message, { fields: { folder } })
}
