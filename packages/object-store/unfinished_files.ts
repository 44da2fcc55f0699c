// What killed processes leave in folders: files under unfinished names, which nobody reads. They are removed once they
// are old, and never those of a process that may still be at them.

import { readdir, stat, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UNFINISHED_NAME } from '#runtime/files/atomic_file'
import { isProcessRunning } from '#runtime/processes/is_running'
import { DAY_MS, type EpochMs } from '#runtime/units'

/** A file that was not written to for so long is nobody's, also of a machine that shares the folder. */
export const UNFINISHED_AGE_MAX_MS = DAY_MS

/**
 * Removes what is old from the folder and all below it; returns how many files it removed. Never rejects: what cannot
 * be read or removed now stays.
 */
export async function removeUnfinished(folder: string, now: EpochMs): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  let removed = 0
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removed += await removeUnfinished(path, now)
    else if (entry.isFile() && UNFINISHED_NAME.test(entry.name) && (await isNobodys(path, now))) {
      removed += await unlink(path).then(
        () => 1,
        () => 0,
      )
    }
  }
  return removed
}

async function isNobodys(path: string, now: EpochMs): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && now - found.mtimeMs > UNFINISHED_AGE_MAX_MS && !isAtWork(path, found.mtimeMs)
}

/** Whether a process of this machine has the number in the name, and may have written the file. */
function isAtWork(path: string, writtenAt: number): boolean {
  const processId = Number(UNFINISHED_NAME.exec(basename(path))?.[1])
  // Ours only if we ran by then: in containers every process has the same number.
  return processId === process.pid ? writtenAt >= performance.timeOrigin : isProcessRunning(processId)
}
