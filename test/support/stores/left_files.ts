// What a killed process leaves in a folder that it wrote to.

import { spawnSync } from 'node:child_process'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UNFINISHED_PREFIX } from '#runtime/files/atomic_file'

/** Puts an unfinished file into the folder, so old that it is nobody's any more; returns its path. */
export function leftByKilledProcess(folder: string): string {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const path = join(folder, `${UNFINISHED_PREFIX}${pid}-3`)
  writeFileSync(path, 'half of it')
  utimesSync(path, 0, 0)
  return path
}
