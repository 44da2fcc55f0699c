// A random life of a table, with passes of the copier in between and beside it, and kills at random calls of either
// store: a reader of the target finds a whole version of the source at every moment, and in the end the newest one.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { testContext } from '#support/delta/delta_table'
import { type LivingTable, makeLivingTable } from '#support/delta/living_table'
import { type Life, mortal } from '#support/stores/mortal_store'
import { copy, requireSameLog, wholeVersion } from '#support/table-copy/copies'

/** What happens to the source. */
const EVENTS: Readonly<Record<string, (table: LivingTable) => Promise<void>>> = {
  append: (table) => table.append(),
  appendMany: (table) => table.append(4),
  compact: (table) => table.compact(),
  evolve: (table) => table.evolve(),
  checkpoint: (table) => table.checkpoint(),
  aDay: (table) => table.days(1),
  aWeek: (table) => table.days(8),
  amonth: (table) => table.days(40),
  clean: (table) => table.clean(),
  vacuum: (table) => table.vacuum(),
}

const events = fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 6 })

/** A stretch of life, then a pass that other events run beside, and that may be killed. */
const chapter = fc.record({
  before: events,
  beside: fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, events),
  killed: fc.option(fc.record({ calls: fc.integer({ min: 1, max: 60 }), after: fc.boolean() }), { freq: 3 }),
})

async function live(table: LivingTable, names: readonly string[]): Promise<void> {
  for (const name of names) await EVENTS[name]?.(table)
}

/** One pass; how it may end besides well: killed, or told that the source needs a checkpoint. */
async function pass(table: LivingTable, target: ObjectStore, life: Life | undefined): Promise<void> {
  const through = (store: ObjectStore) => (life === undefined ? store : mortal(store, life))
  try {
    await copy(through(table.store), through(target))
  } catch (error) {
    if (life !== undefined && life.calls <= 0) return
    const expected = error instanceof PlatformError && error.code === 'TABLE_CONFLICT'
    if (!expected || !/tickerlake checkpoint|times while it was copied/.test(error.message)) throw error
  }
}

test('a reader of the target finds a whole version of the source at every moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chapter, { minLength: 1, maxLength: 6 }), async (chapters) => {
      const context = testContext('life')
      const table = await makeLivingTable(openMemoryStore(context.clock), context)
      const target = openMemoryStore(context.clock)
      let known = -1
      for (const { before, beside, killed } of chapters) {
        await live(table, before)
        await Promise.all([pass(table, target, killed === null ? undefined : { ...killed }), live(table, beside)])
        const version = (await wholeVersion(table, target)) ?? -1
        expect(version).toBeGreaterThanOrEqual(known)
        known = version
      }
      await table.checkpoint()
      await copy(table.store, target)
      expect(await wholeVersion(table, target)).toBe(table.version)
      await requireSameLog(table.store, target)
      expect(await copy(table.store, target)).toMatchObject({ entries: 0, files: 0, checkpoints: 0 })
    }),
    { numRuns: 60 },
  )
})
