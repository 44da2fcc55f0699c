// A verification of stores that fail now and then, and of a table that is written, copied, compacted, vacuumed and
// cleaned between any two reads: what passes is not told, and what is right is not called wrong.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commitKey, listLog } from '#delta/log/listing'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { tableVersion } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { copyObjects, type ParquetTable, parquetTable } from '#support/table-copy/parquet_table'
import { copyTable } from '#table-copy/copy_table'
import { verifyCopy } from '#table-copy/verify_copy'

/** The store, with something done before each of its reads; a listing is asked before each of its objects. */
function watched(store: ObjectStore, before: () => Promise<void>): ObjectStore {
  return {
    ...store,
    get: (key) => before().then(() => store.get(key)),
    sizeOf: (key) => before().then(() => store.sizeOf(key)),
    getRange: (key, range) => before().then(() => store.getRange(key, range)),
    async *list(prefix, startAfter) {
      await before()
      for await (const info of store.list(prefix, startAfter)) {
        yield info
        await before()
      }
    },
  }
}

test('reads that fail now and then are tried again, listings where they broke off', async () => {
  const [source, target] = [openMemoryStore(), openMemoryStore()]
  await parquetTable(source, { commits: 9, context: testContext() })
  await copyObjects(source, target)
  let calls = 0
  const flaky = async () => {
    if (++calls % 3 === 0) throw new PlatformError('STORE_UNREACHABLE', 'lost', { retryable: true })
  }
  const report = await verifyCopy(watched(source, flaky), watched(target, flaky), testContext())
  expect(report).toMatchObject({ differences: [], entries: 10, rows: 90, notes: [] })
  expect(calls).toBeGreaterThan(60)
})

test('a read that goes on failing ends it', async () => {
  const [source, target] = [openMemoryStore(), openMemoryStore()]
  await parquetTable(source, { commits: 2, context: testContext() })
  await copyObjects(source, target)
  const broken = { ...target, getRange: () => Promise.reject(new PlatformError('STORE_FAILED', 'broken')) }
  await expect(verifyCopy(source, broken, testContext())).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

/** What may happen to the tables between two reads. */
type Step = 'append' | 'copy' | 'compact' | 'checkpoint' | 'vacuum' | 'clean'

/** Brings the target up to the source, unless that needs a checkpoint that is not there yet. */
async function copyOn(source: ObjectStore, target: ObjectStore): Promise<void> {
  const outcome = await copyTable(source, target, testContext()).catch((error) => error)
  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'TABLE_CONFLICT', retryable: true })
}

/** Takes the files that the newest version does not need, copied or not. */
async function vacuum(table: ParquetTable): Promise<void> {
  const live = new Set([...table.snapshot().files.values()].map(({ path }) => path))
  for await (const { key } of table.store.list('date=')) if (!live.has(key)) await table.store.delete(key)
}

/** Takes what stands before the newest checkpoint, copied or not. */
async function clean({ store }: ParquetTable): Promise<void> {
  const { commits, checkpoints } = await listLog(store, tableVersion(0))
  const newest = checkpoints.at(-1)?.version ?? 0
  for (const { version } of commits.filter((commit) => commit.version < newest)) await store.delete(commitKey(version))
}

async function take(step: Step, table: ParquetTable, target: ObjectStore): Promise<void> {
  if (step === 'append') await table.append(10)
  if (step === 'copy') await copyOn(table.store, target)
  if (step === 'compact' && table.snapshot().files.size > 1) await table.compact()
  if (step === 'checkpoint') await table.checkpoint()
  if (step === 'vacuum') await vacuum(table)
  if (step === 'clean') await clean(table)
}

test('a table that lives on while it is verified is not called wrong', async () => {
  const step = fc.constantFrom<Step>('append', 'append', 'copy', 'copy', 'compact', 'checkpoint', 'vacuum', 'clean')
  const life = fc.array(fc.record({ step, reads: fc.nat(12) }), { minLength: 5, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(life, async (steps) => {
      const [source, target] = [openMemoryStore(), openMemoryStore()]
      const table = await parquetTable(source, { commits: 3, context: testContext() })
      await copyOn(source, target)
      const left = [...steps]
      let wait = left[0]?.reads ?? 0
      let busy = false
      const liveOn = async () => {
        if (busy || wait-- > 0) return
        const next = left.shift()
        wait = left[0]?.reads ?? 0
        if (next === undefined) return
        busy = true
        await take(next.step, table, target)
        busy = false
      }
      const report = await verifyCopy(watched(source, liveOn), watched(target, liveOn), testContext())
      expect(report.differences).toEqual([])
    }),
    { numRuns: 100 },
  )
})
