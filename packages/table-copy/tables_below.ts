// Which Delta tables lie right below a root, by their folders. Asks the store twice a folder, however many files that
// holds.

import { LOG_FOLDER } from '#delta/log/listing'
import { compareKeys } from '#object-store/keys'
import type { ObjectStore } from '#object-store/object_store'

/** The names of the folders that hold a Delta log, sorted. Folders whose name begins with `_` or `.` are no tables. */
export async function tablesBelow(root: ObjectStore): Promise<readonly string[]> {
  const names: string[] = []
  for await (const folder of foldersBelow(root)) if (await hasTable(root, `${folder}/`)) names.push(folder)
  return names.sort(compareKeys)
}

/** How many folders are looked at: a place of tables has hardly any others, and a table may have thousands. */
const FOLDERS_LOOKED_AT_MAX = 8

/** The first table right below a place that is no table itself; undefined if its first few folders are none. */
export async function tableFirstBelow(place: ObjectStore): Promise<string | undefined> {
  if (await hasTable(place)) return undefined
  let left = FOLDERS_LOOKED_AT_MAX
  for await (const folder of foldersBelow(place)) {
    if (await hasTable(place, `${folder}/`)) return folder
    left -= 1
    if (left === 0) return undefined
  }
  return undefined
}

async function* foldersBelow(root: ObjectStore): AsyncGenerator<string> {
  for (let folder = await folderAfter(root, undefined); folder !== undefined; ) {
    if (!/^[_.]/.test(folder)) yield folder
    folder = await folderAfter(root, folder)
  }
}

/** The character after `/`: with it in the slash's place, a folder's name is behind all of its keys. */
const AFTER_SLASH = '0'

async function folderAfter(root: ObjectStore, folder: string | undefined): Promise<string | undefined> {
  const startAfter = folder === undefined ? undefined : folder + AFTER_SLASH
  for await (const { key } of root.list('', startAfter)) {
    const end = key.indexOf('/')
    if (end > 0) return key.slice(0, end)
  }
  return undefined
}

/** Whether there is a table in the folder, which ends with `/`, or at the root: a log with an entry or a checkpoint. */
export async function hasTable(root: ObjectStore, folder = ''): Promise<boolean> {
  const log = `${folder}${LOG_FOLDER}`
  // From the digits on: Hadoop's checksums of a local folder, such as `.00000000000000000000.json.crc`, come before.
  for await (const { key } of root.list(log, `${log}0`)) return /^\d/.test(key.slice(log.length))
  return false
}
