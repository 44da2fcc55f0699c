// IN_COMMIT_TIMESTAMPS, as the writer takes it.

import { expect, test } from 'vitest'
import { hasInCommitTimestamps } from '#delta/upgrade'
import { PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { within } from '#object-store/object_store'
import { type Logger, silentLogger } from '#runtime/logger'
import { loggedTimes } from '#support/delta/timed_table'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

const newLake = () => openFilesystemStore({ root: temporaryFolder() })

/** Lands so many quotes; returns what was warned of. */
async function land(lake: ReturnType<typeof newLake>, until: number, inCommitTimestamps?: boolean): Promise<unknown[]> {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: unknown) => void warnings.push(fields) } as Logger
  const config = inCommitTimestamps === undefined ? {} : { inCommitTimestamps }
  const writer = await testWriter(lake, { config, logger })
  const start = await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(until))
  await writer.process(batchOf(quoteValues(until - start, { from: start }), { first: start }))
  await writer.flush()
  await writer.dispose()
  return warnings
}

test('on, new tables have them in every commit', async () => {
  const lake = newLake()
  expect(await land(lake, 10, true)).toEqual([])
  expect(await land(lake, 20)).toEqual([])
  const times = await loggedTimes(within(lake, 'stocks'))
  expect(times).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
  expect(times.toSorted()).toEqual(times)
  expect(await rowsOf(lake, 'stocks')).toHaveLength(20)
})

test('on, tables that are there stay as they are, and the log says so', async () => {
  const lake = newLake()
  expect(await land(lake, 10)).toEqual([])
  expect(await land(lake, 20, true)).toContainEqual({ table: 'stocks' })
  expect(hasInCommitTimestamps(await snapshotOf(lake, 'stocks'))).toBe(false)
  expect(await rowsOf(lake, 'stocks')).toHaveLength(20)
})
