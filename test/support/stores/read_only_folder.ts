// A folder that cannot be written to, for root too: a bind mount. Another user's permission bits do the same.

import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'

/**
 * The folder as one who may only read sees it; undefined when this machine allows no mounts. Who has its files open
 * already, or knows it by its own path as root, goes on writing.
 */
export function readOnlyView(folder: string): string | undefined {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500)
    onTestFinished(() => chmodSync(folder, 0o700))
    return folder
  }
  const view = temporaryFolder()
  try {
    execFileSync('mount', ['--bind', folder, view], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', view]))
  execFileSync('mount', ['-o', 'remount,bind,ro', view])
  return view
}
