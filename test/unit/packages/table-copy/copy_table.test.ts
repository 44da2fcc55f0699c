import { describe, expect, test } from 'vitest'
import { checkpointKey, commitKey } from '#delta/log/listing'
import { openMemoryStore } from '#object-store/memory_store'
import { tableVersion } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { makeLivingTable } from '#support/delta/living_table'
import { copy, keysOf, textsOf, wholeVersion } from '#support/table-copy/copies'
import type { CopyProgress } from '#table-copy/pass'

/** A table at work, and an empty target. */
async function stage() {
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  return { table, target: openMemoryStore(context.clock) }
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('a copy', () => {
  test('of a whole table is the same to the byte', async () => {
    const { table, target } = await stage()
    for (let at = 0; at < 9; at++) await table.append(2)
    await table.compact()
    await table.checkpoint()
    await table.append()
    const outcome = await copy(table.store, target)
    expect(await textsOf(target)).toEqual(await textsOf(table.store))
    expect(outcome).toMatchObject({ from: undefined, to: 11, entries: 12, files: 20, skippedFiles: 0, checkpoints: 1 })
    expect(outcome).not.toHaveProperty('startedAtCheckpoint')
    expect(outcome.inCommitTimestamps).toBe(false)
  })

  test('goes on where the one before ended, and does nothing twice', async () => {
    const { table, target } = await stage()
    await table.append(3)
    const first = await copy(table.store, target)
    expect(first).toMatchObject({ from: undefined, to: 1, entries: 2, files: 3 })
    expect(await copy(table.store, target)).toMatchObject({ from: 1, to: 1, entries: 0, files: 0, bytes: 0 })
    await table.append()
    await table.append(2)
    const previous = first
    const outcome = await copy(table.store, target, { previous })
    expect(outcome).toMatchObject({ from: 1, to: 3, entries: 2, files: 3, skippedFiles: 0 })
    expect(await textsOf(target)).toEqual(await textsOf(table.store))
  })

  test('takes checkpoints that were written after it had passed their version', async () => {
    const { table, target } = await stage()
    await table.append()
    await copy(table.store, target)
    await table.checkpoint()
    expect(await copy(table.store, target)).toMatchObject({ entries: 0, checkpoints: 1 })
    expect(await textsOf(target)).toEqual(await textsOf(table.store))
  })

  test('tells how far it is, and ends at what it planned', async () => {
    const { table, target } = await stage()
    await table.append(4)
    await table.append(3)
    const told: CopyProgress[] = []
    const outcome = await copy(table.store, target, { onProgress: (progress) => told.push(progress) })
    expect(told[0]).toMatchObject({ version: undefined, to: 2, files: 0, filesPlanned: 7, bytesPlanned: outcome.bytes })
    expect(told.at(-1)).toMatchObject({ version: 2, to: 2, files: 7, bytes: outcome.bytes, filesPlanned: 7 })
  })
})

describe('a target that is no copy of the source is refused', () => {
  test('when the last common entry differs', async () => {
    const { table, target } = await stage()
    await table.append()
    await copy(table.store, target)
    await target.put(commitKey(tableVersion(1)), new TextEncoder().encode('{"commitInfo":{"txnId":"other"}}\n'))
    await table.append()
    const before = await textsOf(target)
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'version 1'))
    expect(await textsOf(target)).toEqual(before)
  })

  test('when it is newer', async () => {
    const { table, target } = await stage()
    await table.append()
    await copy(table.store, target)
    await target.put(commitKey(tableVersion(2)), new TextEncoder().encode('{"commitInfo":{"txnId":"other"}}\n'))
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'has version 2'))
  })

  test('when it is another table', async () => {
    const { table, target } = await stage()
    const other = await makeLivingTable(target, testContext('other'))
    await other.append()
    await table.append()
    await table.append()
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'it is another table'))
  })

  test('when it is another table, and newer', async () => {
    const { table, target } = await stage()
    const other = await makeLivingTable(target, testContext('other'))
    for (let at = 0; at < 3; at++) await other.append()
    await table.append()
    const before = await textsOf(target)
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'it is another table'))
    expect(await textsOf(target)).toEqual(before)
  })
})

test('a target that is another table is refused when no entry is left to compare', async () => {
  const { table, target } = await stage()
  const other = await makeLivingTable(target, testContext('other'))
  await other.append()
  for (let at = 0; at < 3; at++) await table.append()
  await table.checkpoint()
  await table.days(40)
  await table.append()
  await table.clean()
  const before = await textsOf(target)
  await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'it is another table'))
  expect(await textsOf(target)).toEqual(before)
})

test('a target that has nothing but the checkpoint of another table is refused', async () => {
  const { table, target } = await stage()
  await table.append()
  // As a copy of the other table leaves it that began at a checkpoint, and was killed before it put the entry.
  const other = await makeLivingTable(openMemoryStore(), testContext('other'))
  await other.checkpoint()
  for (const key of await keysOf(other.store, '_delta_log/')) {
    if (key.endsWith('.parquet')) await target.put(key, (await other.store.get(key)) as Uint8Array)
  }
  const before = await textsOf(target)
  await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'it is another table'))
  expect(await textsOf(target)).toEqual(before)
})

test('a target that cannot be read is refused when no entry is left to compare', async () => {
  const { table, target } = await stage()
  for (let at = 0; at < 3; at++) await table.append()
  await copy(table.store, target)
  await target.delete(commitKey(tableVersion(0)))
  await table.append()
  await table.checkpoint()
  await table.days(40)
  await table.append()
  await table.clean()
  await expect(copy(table.store, target)).rejects.toThrow(
    refusal('TABLE_CONFLICT', 'lacks version 0, and no checkpoint'),
  )
})

describe('a source that was cleaned or vacuumed', () => {
  test('is copied from its oldest checkpoint on', async () => {
    const { table, target } = await stage()
    await table.append()
    await table.append()
    await table.checkpoint()
    await table.days(40)
    await table.append()
    await table.clean()
    expect(await keysOf(table.store, '_delta_log/')).not.toContain(commitKey(tableVersion(0)))
    expect(await copy(table.store, target)).toMatchObject({ from: undefined, to: 3, startedAtCheckpoint: 2, files: 3 })
    expect(await wholeVersion(table, target)).toBe(3)
  })

  test('is copied from the first checkpoint on that has all its files', async () => {
    const { table, target } = await stage()
    await table.append()
    await table.checkpoint()
    await table.append()
    await table.checkpoint()
    await table.compact()
    await table.checkpoint()
    await table.append()
    await table.checkpoint()
    await table.days(20)
    await table.vacuum()
    await table.append()
    const outcome = await copy(table.store, target)
    expect(outcome).toMatchObject({ to: 5, startedAtCheckpoint: 3, files: 3 })
    expect(await wholeVersion(table, target)).toBe(5)
    expect(await copy(table.store, target)).toMatchObject({ from: 5, to: 5, entries: 0, files: 0 })
  })

  test('is not begun at a checkpoint that a crash left empty at the target', async () => {
    const { table, target } = await stage()
    await table.append()
    await table.checkpoint()
    await copy(table.store, target)
    for (let at = 0; at < 2; at++) await table.append()
    await table.checkpoint()
    await table.days(40)
    await table.append()
    await table.clean()
    const key = checkpointKey(tableVersion(3))
    await target.put(key, new Uint8Array(0))
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', `${key} at memory: has 0 bytes`))
    await target.delete(key)
    await copy(table.store, target)
    expect(await wholeVersion(table, target)).toBe(table.version)
  })

  test('goes on at a checkpoint when the entries after the target are gone', async () => {
    const { table, target } = await stage()
    await table.append()
    await copy(table.store, target)
    await table.append()
    await table.append()
    await table.checkpoint()
    await table.days(40)
    await table.append()
    await table.clean()
    const outcome = await copy(table.store, target)
    expect(outcome).toMatchObject({ from: 1, to: 4, startedAtCheckpoint: 3 })
    expect(await wholeVersion(table, target)).toBe(4)
  })

  test('is refused without a checkpoint, and the error says what to do', async () => {
    const { table, target } = await stage()
    await table.append()
    await table.append()
    await table.compact()
    await table.days(20)
    await table.vacuum()
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'tickerlake checkpoint'))
    await table.checkpoint()
    expect(await copy(table.store, target)).toMatchObject({ startedAtCheckpoint: 3 })
  })

  test('whose newest version lacks a file is corrupt, and the error names it', async () => {
    const { table, target } = await stage()
    await table.append()
    await table.checkpoint()
    const [file] = [...table.snapshot.files.values()]
    await table.store.delete(file?.path ?? '')
    await expect(copy(table.store, target)).rejects.toThrow(refusal('TABLE_CORRUPT', file?.path ?? ''))
    expect(await wholeVersion(table, target)).toBe(0)
  })
})

test('nothing is copied where no table is', async () => {
  await expect(copy(openMemoryStore(), openMemoryStore())).rejects.toThrow(refusal('TABLE_NOT_FOUND', 'no Delta table'))
})
