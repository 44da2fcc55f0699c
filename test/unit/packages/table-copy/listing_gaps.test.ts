// A folder that is listed while others write to it may show a version without the one before it. Nothing is missing
// then: the copy goes on entry by entry.

import { expect, test } from 'vitest'
import { commitKey } from '#delta/log/listing'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { makeLivingTable } from '#support/delta/living_table'
import { copy, wholeVersion } from '#support/table-copy/copies'

/** The store, whose listings pass over the entry of a version so many times. */
function passingOver(store: ObjectStore, version: number, times: number): ObjectStore {
  const hidden = commitKey(tableVersion(version))
  let left = times
  return {
    ...store,
    async *list(prefix, startAfter) {
      const hides = left-- > 0
      for await (const info of store.list(prefix, startAfter)) if (!hides || info.key !== hidden) yield info
    },
  }
}

test.each([1, 2, 3, 100])('a listing that passes over the next version %i times', async (times) => {
  const [source, target] = [openMemoryStore(), openMemoryStore()]
  const table = await makeLivingTable(source)
  await table.append()
  await copy(source, target)
  for (let i = 0; i < 3; i++) await table.append()
  const outcome = await copy(passingOver(source, 2, times), target)
  expect(outcome).toMatchObject({ from: 1, to: 4, entries: 3 })
  expect(outcome).not.toHaveProperty('startedAtCheckpoint')
  expect(await wholeVersion(table, target)).toBe(4)
})

test('a listing that passes over a version when an older one is really gone', async () => {
  const [source, target] = [openMemoryStore(), openMemoryStore()]
  const table = await makeLivingTable(source)
  for (let i = 0; i < 3; i++) await table.append()
  await table.checkpoint()
  for (let i = 0; i < 3; i++) await table.append()
  for (const version of [0, 1, 2]) await source.delete(commitKey(tableVersion(version)))
  const outcome = await copy(passingOver(source, 5, 100), target)
  expect(outcome).toMatchObject({ startedAtCheckpoint: 3, to: 6 })
  expect(await wholeVersion(table, target)).toBe(6)
})
