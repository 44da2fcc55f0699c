// Folders that are gone when the test is over.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A fresh, empty folder for the running test, removed after it. */
export function temporaryFolder(): string {
  const folder = newFolder()
  onTestFinished(() => removeFolder(folder))
  return folder
}

/** A fresh, empty folder for hooks and suites, which remove it themselves. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tickerlake-test-'))
}

/** Removes a folder and all in it. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
