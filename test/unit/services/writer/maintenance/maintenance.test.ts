import { describe, expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { MAINTENANCE_INTERVAL_MS } from '#services/writer/limits'
import {
  type CompactionConfig,
  type MaintainedTable,
  type MaintenanceParts,
  maintainOnce,
  runMaintenance,
} from '#services/writer/maintenance/maintenance'
import { steppingClock, TEST_START, testContext } from '#support/delta/delta_table'
import { appendFiles, multisetOf, newest } from '#support/delta/small_files'
import { temporaryFolder } from '#support/temporary_folder'

const config: CompactionConfig = { filesMin: 3, fileAgeMinMs: 60_000, targetBytes: 1024 * 1024 }
const rows = Array.from({ length: 3 }, (_, i) => [{ big: String(i) }])

async function tableOf(store: ObjectStore, name = 'small_files'): Promise<MaintainedTable> {
  return { name, store, snapshot: await appendFiles(store, rows, { name }) }
}

function partsOf(tables: readonly MaintainedTable[], ageMs: number, signal = new AbortController().signal) {
  const context = { ...testContext('m', virtualClock(TEST_START + ageMs)), signal }
  return { tables, config, context, temporaryFolder: temporaryFolder() } satisfies MaintenanceParts
}

describe('a round of maintenance', () => {
  test('merges a partition that has enough small files of enough age', async () => {
    const store = openFilesystemStore({ root: temporaryFolder() })
    const table = await tableOf(store)
    const before = await multisetOf(store, table.snapshot)
    expect(await maintainOnce(partsOf([table], 60_001))).toBe(1)
    const after = await newest(store)
    expect(after.files.size).toBe(1)
    expect(await multisetOf(store, after)).toEqual(before)
  })

  test('leaves young files alone, and asks nothing of the store then', async () => {
    const store = openMemoryStore()
    const table = await tableOf(store)
    const untouchable = { url: store.url } as ObjectStore
    expect(await maintainOnce(partsOf([{ ...table, store: untouchable }], 60_000))).toBe(0)
    expect((await newest(store)).files.size).toBe(3)
  })

  test('leaves a partition with few small files alone', async () => {
    const store = openMemoryStore()
    const table = await tableOf(store)
    const parts = partsOf([table], 100_000)
    expect(await maintainOnce({ ...parts, config: { ...config, filesMin: 4 } })).toBe(0)
  })

  test('goes by what the table is now, not by what its writer knew', async () => {
    const store = openMemoryStore()
    const table = await tableOf(store)
    expect(await maintainOnce(partsOf([table], 100_000))).toBe(1)
    expect(await maintainOnce(partsOf([table], 100_000))).toBe(0)
    expect((await newest(store)).version).toBe(4)
  })

  test('a table that fails does not keep the next one from its turn', async () => {
    const [broken, whole] = [openMemoryStore(), openMemoryStore()]
    const failing: ObjectStore = { ...broken, get: () => Promise.reject(new Error('the store is down')) }
    const tables = [{ ...(await tableOf(broken)), store: failing }, await tableOf(whole)]
    const warnings: unknown[] = []
    const parts = partsOf(tables, 100_000)
    const logger = { warn: (fields: unknown) => warnings.push(fields), info() {}, debug() {} } as never
    expect(await maintainOnce({ ...parts, context: { ...parts.context, logger } })).toBe(1)
    expect(warnings).toEqual([expect.objectContaining({ cause: 'the store is down' })])
    expect((await newest(whole)).files.size).toBe(1)
    expect((await newest(broken)).files.size).toBe(3)
  })

  test('does nothing once it is told to end', async () => {
    const store = openMemoryStore()
    expect(await maintainOnce(partsOf([await tableOf(store)], 100_000, AbortSignal.abort()))).toBe(0)
    expect((await newest(store)).files.size).toBe(3)
  })
})

test('rounds come an interval apart, and end with the signal', async () => {
  const store = openMemoryStore()
  const table = await tableOf(store)
  const clock = steppingClock()
  const end = new AbortController()
  const slept: number[] = []
  const context = {
    ...testContext('m'),
    random: () => 0.5,
    signal: end.signal,
    clock: {
      now: () => clock.now(),
      sleep: async (ms: number) => {
        slept.push(ms)
        if ((await newest(store)).files.size === 1) end.abort()
        await clock.sleep(ms)
      },
    },
  }
  await runMaintenance({ tables: [table], config: { ...config, fileAgeMinMs: 150_000 }, context })
  expect(slept).toEqual([1, 2, 3, 4].map(() => MAINTENANCE_INTERVAL_MS))
})
