import { expect, test } from 'vitest'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { readCommits } from '#delta/log/reader'
import { openMemoryStore } from '#object-store/memory_store'
import { epochMs, tableVersion } from '#runtime/units'

const FAR = tableVersion(2 ** 50)

/** A log that has versions 0 and 2^50 alone. */
async function torn() {
  const store = openMemoryStore()
  const commits = [tableVersion(0), FAR].map((version) => ({ version, modified: epochMs(0) }))
  for (const { version } of commits) await store.putIfAbsent(commitKey(version), encodeLogEntry([{ commitInfo: {} }]))
  return { store, commits }
}

async function versionsOf(read: AsyncIterable<{ readonly version: number }>): Promise<number[]> {
  const versions: number[] = []
  for await (const { version } of read) versions.push(version)
  return versions
}

test('entries that a checkpoint stands for are passed over, however many are missing', async () => {
  const { store, commits } = await torn()
  expect(await versionsOf(readCommits(store, { commits, checkpoints: [{ version: FAR }] }))).toEqual([0, FAR])
})

test('entries that no checkpoint stands for are an error that names the first of them', async () => {
  const { store, commits } = await torn()
  const read = (checkpoint: number) =>
    versionsOf(readCommits(store, { commits, checkpoints: [{ version: tableVersion(checkpoint) }] }))
  await expect(read(0)).rejects.toThrow(/version \d+ of the Delta log .* is missing/)
  await expect(read(2 ** 49)).rejects.toThrow(`version ${2 ** 49} of the Delta log`)
})
