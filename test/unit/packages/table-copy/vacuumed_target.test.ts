// A target may be vacuumed while no copier is at work: that is no commit, and the copy goes on behind it.

import { expect, test } from 'vitest'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import { openMemoryStore } from '#object-store/memory_store'
import { DAY_MS, epochMs } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { makeLivingTable } from '#support/delta/living_table'
import { copy, keysOf, wholeVersion } from '#support/table-copy/copies'

const RETENTION_MS = 7 * DAY_MS

test('a target that was vacuumed is copied to as before, even when the last copy was cut short', async () => {
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  const target = openMemoryStore(context.clock)
  for (let at = 0; at < 4; at++) await table.append(2)
  await table.compact()
  await copy(table.store, target)

  await table.append(3)
  const cut = new Error('cut')
  const dying = { ...target, putIfAbsent: () => Promise.reject(cut), put: () => Promise.reject(cut) }
  await expect(copy(table.store, dying)).rejects.toBe(cut)
  const whole = await keysOf(target)

  const now = epochMs(context.clock.now() + 8 * DAY_MS)
  const plan = await planVacuum(target, { now, retentionMs: RETENTION_MS })
  // Eight that were compacted away, and the three of the entry that never came.
  expect(plan?.files).toHaveLength(11)
  if (plan !== undefined) await executeVacuum(target, plan)
  expect(await keysOf(target)).toHaveLength(whole.length - 11)

  await table.append()
  const outcome = await copy(table.store, target)
  expect(outcome).toMatchObject({ entries: 2, files: 4, skippedFiles: 0 })
  expect(await wholeVersion(table, target)).toBe(table.version)
})
