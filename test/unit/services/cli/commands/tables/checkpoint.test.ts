// `tickerlake checkpoint`.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkpointCommand } from '#services/cli/commands/tables/checkpoint'
import { type CommandCall, runCommand } from '#support/command_context'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

const checkpoint = (positionals: readonly string[], values: CommandCall['values'] = {}) =>
  runCommand(checkpointCommand, { env: { LAKE_URL: lake }, positionals, values })

test('writes a checkpoint of the newest version and says so', async () => {
  expect((await checkpoint(['bars_1m'])).stdout).toMatch(/^bars_1m +version 2, 3 files, [\d,]+ bytes\n$/)
  expect(existsSync(join(lake, 'bars_1m/_delta_log/00000000000000000002.checkpoint.parquet'))).toBe(true)
})

test('as JSON, for all tables that are there', async () => {
  const results = JSON.parse((await checkpoint([], { json: true })).stdout)
  expect(results).toContainEqual({
    table: 'stocks',
    version: 1,
    files: 2,
    actions: expect.any(Number),
    bytes: expect.any(Number),
    logFilesDeleted: 0,
  })
})

test.each<[readonly string[], object]>([
  [['stocks', 'alerts'], { code: 'USAGE' }],
  [['stokcs'], { code: 'USAGE' }],
  [['/not/there'], { code: 'TABLE_NOT_FOUND' }],
])('%j is refused', async (positionals, failure) => {
  await expect(checkpoint(positionals)).rejects.toMatchObject(failure)
})
