// A checkpoint on its way: a small one at once, a large one in parts, and never a mixture of two.

import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import type { EpochMs } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { makeLivingTable } from '#support/delta/living_table'
import { countedReads } from '#support/stores/counted_reads'
import { copy } from '#support/table-copy/copies'
import { putFile } from '#support/table-copy/foreign_log'
import { COPY_PART_BYTES, COPY_PARTS_HELD } from '#table-copy/limits'

const KEY = '_delta_log/00000000000000000002.checkpoint.parquet'
const FOOTER_BYTES = 65_536
/** As the command has them. */
const limits = {}

/** A table at version 2 with a checkpoint there, which has so many bytes more before its own. */
async function tableWith(more: number) {
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  await table.append(2)
  await table.append(3)
  await table.checkpoint()
  const own = (await table.store.get(KEY)) ?? new Uint8Array()
  const bytes = Buffer.concat([Buffer.alloc(more, 7), own])
  await table.store.delete(KEY)
  await putFile(table.store, KEY, bytes)
  return { store: table.store, bytes }
}

/** The store, with other things to say of the checkpoint once its third part is asked for. */
function changing(store: ObjectStore, change: Partial<ObjectStore>): ObjectStore {
  let changed = false
  const now = () => (changed ? { ...store, ...change } : store)
  return {
    ...store,
    get: (key) => now().get(key),
    sizeOf: (key) => now().sizeOf(key),
    getRange(key, range) {
      if (key === KEY && range.offset === 2 * COPY_PART_BYTES) changed = true
      return now().getRange(key, range)
    },
    list: (prefix, after) => now().list(prefix, after),
  }
}

describe('a checkpoint', () => {
  test.each([
    ['small', 0],
    ['large', 8 * COPY_PART_BYTES],
  ])('that is %s comes as it is, with few of its bytes in memory', async (_name, more) => {
    const { store, bytes } = await tableWith(more)
    const { counted, heldMax } = countedReads(store)
    const wholeReads: string[] = []
    const get: ObjectStore['get'] = (key) => {
      wholeReads.push(key)
      return store.get(key)
    }
    const target = openMemoryStore()
    expect(await copy({ ...counted, get }, target, { limits })).toMatchObject({ checkpoints: 1 })
    expect(Buffer.compare((await target.get(KEY)) ?? Buffer.alloc(0), bytes)).toBe(0)
    expect(wholeReads).not.toContain(KEY)
    expect(heldMax()).toBeLessThanOrEqual(COPY_PARTS_HELD * COPY_PART_BYTES + FOOTER_BYTES)
  })

  test('that is large and came to the target meanwhile is neither replaced nor read', async () => {
    const { store } = await tableWith(8 * COPY_PART_BYTES)
    const target = openMemoryStore()
    const offsets: number[] = []
    const source: ObjectStore = {
      ...store,
      async getRange(key, range) {
        if (offsets.length === 0) await putFile(target, KEY, Buffer.from('of somebody else'))
        if (key === KEY) offsets.push(range.offset)
        return store.getRange(key, range)
      },
    }
    expect(await copy(source, target, { limits })).toMatchObject({ checkpoints: 0, to: 2 })
    expect(await target.sizeOf(KEY)).toBe('of somebody else'.length)
    expect(offsets).toHaveLength(2)
  })

  const { list } = openMemoryStore()
  const changes: readonly (readonly [string, (store: ObjectStore) => Partial<ObjectStore>])[] = [
    [
      'replaced by one of the same length',
      (store) => ({
        async *list(...words) {
          for await (const info of store.list(...words)) yield { ...info, modified: (info.modified + 1) as EpochMs }
        },
      }),
    ],
    ['replaced by a shorter one', () => ({ getRange: async () => new Uint8Array(3), sizeOf: async () => 3, list })],
    ['deleted', () => ({ get: async () => undefined, getRange: async () => undefined, list })],
  ]
  test.each(changes)('that is %s while it travels is not copied; the next pass has it', async (_name, change) => {
    const { store } = await tableWith(8 * COPY_PART_BYTES)
    const target = openMemoryStore()
    const source = changing(store, change(store))
    expect(await copy(source, target, { limits })).toMatchObject({ checkpoints: 0, to: 2 })
    expect(await target.sizeOf(KEY)).toBeUndefined()
    expect(await copy(store, target, { limits })).toMatchObject({ checkpoints: 1 })
  })

  test('that is large and damaged is passed over', async () => {
    const { store, bytes } = await tableWith(2 * COPY_PART_BYTES)
    await store.put(KEY, bytes.subarray(0, bytes.length - 1))
    expect(await copy(store, openMemoryStore(), { limits })).toMatchObject({ checkpoints: 0, to: 2 })
  })
})
