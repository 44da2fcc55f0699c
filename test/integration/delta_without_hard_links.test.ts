// A table in a folder whose filesystem has no hard links: there an entry's name is claimed by an empty file first.

import { expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { loadSnapshot, updateSnapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { quotesTable, rowsFile, testContext } from '#support/delta/delta_table'
import { temporaryFolder } from '#support/temporary_folder'

const COMMITS = 100

test('a reader that looks all the time misses nothing of what a writer commits', async () => {
  const root = temporaryFolder()
  const store = openFilesystemStore({ root, hardLinks: false })
  const context = testContext()
  let snapshot = await createTable(store, quotesTable, context)
  const reading = new AbortController()
  const reader = followed(root, reading.signal)
  for (let row = 0; row < COMMITS; row++) {
    const append = { files: [rowsFile('app', row, row + 1)], txns: [], operation: 'WRITE' }
    const outcome = await commitAppend(store, snapshot, append, context)
    expect(outcome.kind).toBe('committed')
    snapshot = outcome.snapshot
  }
  reading.abort()
  expect(await reader).toEqual(snapshot)
})

/** The table as one sees it who reads each version on top of the one before. */
async function followed(root: string, signal: AbortSignal) {
  const store = openFilesystemStore({ root })
  let seen = await loadSnapshot(store)
  if (seen === undefined) throw new Error('there is no table')
  while (!signal.aborted) seen = await updateSnapshot(store, seen)
  return updateSnapshot(store, seen)
}
