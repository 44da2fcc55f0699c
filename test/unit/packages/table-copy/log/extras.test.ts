// What stands beside the entries: checkpoints of all kinds, checksums, the hint.

import { describe, expect, test } from 'vitest'
import { HINT_KEY, hintedVersion } from '#delta/checkpoint/last_checkpoint'
import { loadSnapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { checkpointFile, rowsOfCheckpoint } from '#support/delta/checkpoint_files'
import { entry, testContext } from '#support/delta/delta_table'
import { makeLivingTable } from '#support/delta/living_table'
import { copy, keysOf, SMALL_LIMITS, textsOf, wholeVersion } from '#support/table-copy/copies'
import { putFile } from '#support/table-copy/foreign_log'

const text = (value: string) => new TextEncoder().encode(value)
const LOG = '_delta_log/00000000000000000002'
/** No checkpoint is read at once, unless it has to be. */
const PARTS_ONLY = { ...SMALL_LIMITS, wholeBytesMax: 16 }

/** A table at version 3 with a checkpoint at 2. */
async function stage() {
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  await table.append(2)
  await table.append(3)
  await table.checkpoint()
  await table.append()
  return { table, target: openMemoryStore(context.clock) }
}

/** Replaces the checkpoint by one of several files. */
async function instead(store: ObjectStore, files: (rows: readonly object[]) => Record<string, Uint8Array>) {
  const key = `${LOG}.checkpoint.parquet`
  const rows = await rowsOfCheckpoint((await store.get(key)) ?? new Uint8Array())
  await store.delete(key)
  for (const [name, bytes] of Object.entries(files(rows))) await putFile(store, name, bytes)
}

describe('a checkpoint', () => {
  test.each([
    ['small', 'parquet', SMALL_LIMITS],
    ['small', 'json', SMALL_LIMITS],
    ['large', 'parquet', PARTS_ONLY],
    ['large', 'json', PARTS_ONLY],
  ])('of the kind V2 (a %s %s file) comes behind its sidecars', async (_size, form, limits) => {
    const { table, target } = await stage()
    await instead(table.store, (rows) => {
      const isFile = (row: object) => 'add' in row || 'remove' in row
      const sidecar = { path: 'one%.parquet'.replace('%', '%25'), sizeInBytes: 1n, modificationTime: 1n }
      const top = [...rows.filter((row) => !isFile(row)), { sidecar }] as Record<string, unknown>[]
      const main = form === 'json' ? entry(...top.map(plain)) : checkpointFile(top)
      return {
        [`${LOG}.checkpoint.2e0b6a3f-31d5-4d0c-9a1e-0c5f0b5a8f11.${form}`]: main,
        '_delta_log/_sidecars/one%.parquet': checkpointFile(rows.filter(isFile) as Record<string, unknown>[]),
      }
    })
    const order: string[] = []
    const noted = { ...target, putPartsIfAbsent: noting(target, order) }
    expect(await copy(table.store, noted, { limits })).toMatchObject({ checkpoints: 1 })
    expect(await textsOf(target)).toEqual(await textsOf(table.store))
    const inLog = order.filter((key) => key.startsWith('_delta_log/'))
    expect(inLog[0]).toBe('_delta_log/_sidecars/one%.parquet')
    expect(await loadSnapshot(target)).toEqual(await loadSnapshot(table.store))
  })

  test('of several parts comes with all of them, and not at all while one is missing', async () => {
    const { table, target } = await stage()
    const part = (at: number) => `${LOG}.checkpoint.000000000${at}.0000000002.parquet`
    let second: Uint8Array = new Uint8Array()
    await instead(table.store, (rows) => {
      second = checkpointFile(rows.slice(3) as Record<string, unknown>[])
      return { [part(1)]: checkpointFile(rows.slice(0, 3) as Record<string, unknown>[]) }
    })
    expect(await copy(table.store, target)).toMatchObject({ checkpoints: 0, to: 3 })
    expect(await keysOf(target, LOG)).toEqual([`${LOG}.json`])
    await putFile(table.store, part(2), second)
    expect(await copy(table.store, target)).toMatchObject({ checkpoints: 1 })
    expect(await keysOf(target, LOG)).toEqual([part(1), part(2), `${LOG}.json`])
  })

  test('that is damaged is passed over', async () => {
    const { table, target } = await stage()
    await table.store.put(`${LOG}.checkpoint.parquet`, text('no Parquet'))
    expect(await copy(table.store, target)).toMatchObject({ checkpoints: 0, to: 3 })
    expect(await wholeVersion(table, target)).toBe(3)
  })

  test('of a version that the target does not have is left out', async () => {
    const { table } = await stage()
    await table.compact()
    await table.checkpoint()
    await table.append()
    await table.days(20)
    await table.vacuum()
    const target = openMemoryStore()
    expect(await copy(table.store, target)).toMatchObject({ startedAtCheckpoint: 4 })
    // Without the hint, all of both logs is looked at.
    await target.delete(HINT_KEY)
    await copy(table.store, target)
    expect(await keysOf(target, LOG)).toEqual([])
  })
})

test('checksums come with their versions, and once', async () => {
  const { table, target } = await stage()
  for (const version of [1, 3]) await table.store.put(`_delta_log/${String(version).padStart(20, '0')}.crc`, text('{}'))
  await table.store.put('_delta_log/00000000000000000001.00000000000000000002.compacted.json', text('{}'))
  await copy(table.store, target)
  const { '_delta_log/00000000000000000001.00000000000000000002.compacted.json': _unknown, ...known } = await textsOf(
    table.store,
  )
  expect(await textsOf(target)).toEqual(known)
})

describe('the hint', () => {
  test('never names a checkpoint that is not at the target', async () => {
    const { table, target } = await stage()
    const lacking: ObjectStore = {
      ...table.store,
      async *list(prefix, startAfter) {
        for await (const info of table.store.list(prefix, startAfter)) if (!info.key.includes('checkpoint.')) yield info
      },
    }
    await copy(lacking, target)
    expect(await hintedVersion(target)).toBeUndefined()
    await copy(table.store, target)
    expect(await hintedVersion(target)).toBe(2)
  })

  test('is never turned back', async () => {
    const { table, target } = await stage()
    await table.checkpoint()
    await copy(table.store, target)
    expect(await hintedVersion(target)).toBe(3)
    await table.store.put(HINT_KEY, text('{"version":2,"size":1}'))
    await copy(table.store, target)
    expect(await hintedVersion(target)).toBe(3)
  })

  test('that is damaged is not copied', async () => {
    const { table, target } = await stage()
    await table.store.put(HINT_KEY, text('{"version'))
    await copy(table.store, target)
    expect(await target.get(HINT_KEY)).toBeUndefined()
  })
})

/** As JSON has it: numbers for bigints. */
function plain(row: Readonly<Record<string, unknown>>): object {
  return JSON.parse(JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)))
}

function noting(store: ObjectStore, order: string[]): ObjectStore['putPartsIfAbsent'] {
  return (key, parts) => {
    order.push(key)
    return store.putPartsIfAbsent(key, parts)
  }
}
