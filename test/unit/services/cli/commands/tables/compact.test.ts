// `tickerlake compact`.

import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { compactCommand } from '#services/cli/commands/tables/compact'
import { type CommandCall, runCommand } from '#support/command_context'
import { appendFiles, newest } from '#support/delta/small_files'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { createSampleLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

const compact = (lake: string, positionals: readonly string[], call: Partial<CommandCall> = {}) =>
  runCommand(compactCommand, { env: { LAKE_URL: lake, ...call.env }, positionals, values: call.values ?? {} })

test('merges the small files of all tables of the lake, and says so', async () => {
  const folder = temporaryFolder()
  await createSampleLake(folder)
  const lake = openFilesystemStore({ root: folder })
  const before = await rowsOf(lake, 'stocks')
  const { stdout } = await compact(folder, [], { values: { json: true } })
  const results = JSON.parse(stdout)
  const stocks = results.find((result: { table: string }) => result.table === 'stocks')
  expect(stocks).toMatchObject({ gaveUp: [], filesAfter: (await snapshotOf(lake, 'stocks')).files.size })
  const byRow = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
  expect(byRow(await rowsOf(lake, 'stocks'))).toEqual(byRow(before))
})

test('one table, by its path; what there is nothing to do for stays at its version', async () => {
  const folder = temporaryFolder()
  const store = openFilesystemStore({ root: folder })
  await appendFiles(store, [[{ big: '1' }], [{ big: '2' }], [{ big: '3' }]], { name: 'w' })
  const first = (await compact('', [folder])).stdout.split('\n')
  expect(first[0]).toMatch(/table +\| version \| files \| files now \| rows merged \| +bytes \| bytes now \| given up/)
  expect(first[2]).toMatch(/\| +4 \| +3 \| +1 \| +3 \|/)
  expect((await newest(store)).files.size).toBe(1)
  const again = JSON.parse((await compact('', [folder], { values: { json: true } })).stdout)
  expect(again).toEqual([expect.objectContaining({ version: 4, filesMerged: 0, filesBefore: 1, filesAfter: 1 })])
})

test('files come near to COMPACT_TARGET_BYTES', async () => {
  const folder = temporaryFolder()
  const store = openFilesystemStore({ root: folder })
  const { files } = await appendFiles(store, [[{ big: '1' }], [{ big: '2' }], [{ big: '3' }], [{ big: '4' }]], {
    name: 'w',
  })
  const size = Number([...files.values()][0]?.size)
  await compact('', [folder], { env: { COMPACT_TARGET_BYTES: String(2 * size + 10) } })
  expect((await newest(store)).files.size).toBe(2)
})

test('a table that is not there, a name that is none and two names are refused', async () => {
  const folder = temporaryFolder()
  await expect(compact(folder, ['stocks'])).rejects.toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' }))
  await expect(compact(folder, [])).rejects.toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' }))
  await expect(compact(folder, ['nothing'])).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }))
  await expect(compact(folder, ['stocks', 'alerts'])).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }))
})
