// A table that is followed from version to version.

import { expect, test } from 'vitest'
import { type TableSpec, tableNamed } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { within } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { FollowedTable } from '#services/web/flow/followed_table'
import { compactGroups, planTable } from '#services/writer/compact_small_files'
import { testContext } from '#support/delta/delta_table'
import { snapshotOf } from '#support/lake/lake_tables'
import { appendBars, createLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

test('a version that merged files is told by the files it has, without a list of those that are gone', async () => {
  const folder = temporaryFolder()
  await createLake(folder)
  const lake = openFilesystemStore({ root: folder })
  const table = new FollowedTable({ lake, spec: tableNamed('bars_1m') as TableSpec, clock: systemClock })
  for (let round = 0; round < 3; round++) await appendBars(folder, 1)
  expect(await table.newest()).toMatchObject({ files: 3, rows: 9 })
  const target = { name: 'bars_1m', store: within(lake, 'bars_1m'), context: testContext('merge', systemClock) }
  const snapshot = await snapshotOf(lake, 'bars_1m')
  const groups = planTable(target, snapshot, { targetBytes: 1024 * 1024, filesMin: 2 })
  for await (const { outcome } of compactGroups(target, { snapshot, groups })) expect(outcome.kind).toBe('merged')
  const merged = await table.newest()
  expect(merged).toMatchObject({ files: 1, rows: 9 })
  expect((await snapshotOf(lake, 'bars_1m')).tombstones.size).toBe(3)
  expect(merged?.snapshot.tombstones.size).toBe(0)
})
