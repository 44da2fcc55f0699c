// Listing a folder tree in key order, one folder level in memory at a time. A folder sorts as its name with a `/`,
// since that is how the keys below it begin. Only plain files are objects: links and unfinished files are not listed.

import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { filesystemError, isMissing } from '#object-store/filesystem/errors'
import { compareKeys } from '#object-store/keys'
import type { ObjectInfo } from '#object-store/object_store'
import { UNFINISHED_PREFIX } from '#runtime/files/atomic_file'
import { epochMs } from '#runtime/units'

/** What to list. */
export interface Listing {
  readonly root: string
  readonly prefix: string
  readonly startAfter: string | undefined
}

/** How many files are asked for their size and time at once. */
const STAT_BATCH = 32

/** The files whose key begins with the prefix and comes after `startAfter`, in order. */
export async function* listFolder(listing: Listing): AsyncIterable<ObjectInfo> {
  try {
    yield* walk(listing, '')
  } catch (error) {
    throw filesystemError(error, { root: listing.root, attempt: `list ${listing.prefix || 'all'}` })
  }
}

/** `folder` is empty or ends with `/`. */
async function* walk(listing: Listing, folder: string): AsyncGenerator<ObjectInfo> {
  const keys = (await entriesOf(listing.root, folder))
    .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .filter((key) => isWanted(listing, key))
    .sort(compareKeys)
  let files: string[] = []
  for (const key of keys) {
    if (!key.endsWith('/')) files.push(key)
    if (key.endsWith('/') || files.length === STAT_BATCH) {
      yield* inform(listing.root, files)
      files = []
    }
    if (key.endsWith('/')) yield* walk(listing, key)
  }
  yield* inform(listing.root, files)
}

async function entriesOf(root: string, folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true })
    return entries.filter((e) => (e.isFile() || e.isDirectory()) && !e.name.startsWith(UNFINISHED_PREFIX))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** A folder is wanted when it may hold a key that is. */
function isWanted({ prefix, startAfter }: Listing, key: string): boolean {
  const isFolder = key.endsWith('/')
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false
  if (startAfter === undefined || compareKeys(key, startAfter) > 0) return true
  return isFolder && startAfter.startsWith(key)
}

/** Files that were deleted since their folder was read are left out. */
async function* inform(root: string, keys: readonly string[]): AsyncGenerator<ObjectInfo> {
  const infos = await Promise.all(keys.map((key) => infoOf(root, key)))
  for (const info of infos) if (info !== undefined) yield info
}

async function infoOf(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const { size, mtimeMs } = await stat(join(root, key))
    return { key, size, modified: epochMs(Math.floor(mtimeMs)) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
