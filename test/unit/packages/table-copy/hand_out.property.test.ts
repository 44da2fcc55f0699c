// A table that lives on while it is handed out: what comes out has just the rows of the version that it names, and
// nothing is there until then.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import { PlatformError } from '#runtime/errors'
import { testContext } from '#support/delta/delta_table'
import { type LivingTable, liveRows, makeLivingTable } from '#support/delta/living_table'
import { handOut } from '#table-copy/hand_out'

const EVENTS: Readonly<Record<string, (table: LivingTable) => Promise<void>>> = {
  append: (table) => table.append(),
  compact: (table) => table.compact(),
  evolve: (table) => table.evolve(),
  checkpoint: (table) => table.checkpoint(),
  aMonth: (table) => table.days(40),
  clean: (table) => table.clean(),
  vacuum: (table) => table.vacuum(),
}

const events = fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 12 })

async function live(table: LivingTable, names: readonly string[]): Promise<void> {
  for (const name of names) await EVENTS[name]?.(table)
}

test('a hand-out has the rows of its version, whatever happens to the table meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(events, events, async (before, beside) => {
      const context = testContext('life')
      const [source, target] = [openMemoryStore(context.clock), openMemoryStore(context.clock)]
      const table = await makeLivingTable(source, context)
      await table.append(3)
      await live(table, before)
      const [outcome] = await Promise.all([
        handOut(source, target, { ...testContext('hand-out') }).catch((error) => error),
        live(table, beside),
      ])
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(PlatformError)
        expect(outcome.message).toMatch(/is not at the source any more/)
        expect(await loadSnapshot(target)).toBeUndefined()
      }
      const { version } = outcome instanceof Error ? await handOut(source, target, testContext('again')) : outcome
      const made = await loadSnapshot(target)
      expect(made?.version).toBe(0)
      if (made !== undefined) expect(await liveRows(target, made)).toEqual(table.versions.get(version)?.rows)
    }),
    { numRuns: 150 },
  )
})
