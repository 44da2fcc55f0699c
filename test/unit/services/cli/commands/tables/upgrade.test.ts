// `tickerlake upgrade`.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { hasInCommitTimestamps } from '#delta/upgrade'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { checkpointCommand } from '#services/cli/commands/tables/checkpoint'
import { compactCommand } from '#services/cli/commands/tables/compact'
import { historyCommand } from '#services/cli/commands/tables/history'
import { tablesCommand } from '#services/cli/commands/tables/tables'
import { upgradeCommand } from '#services/cli/commands/tables/upgrade'
import { vacuumCommand } from '#services/cli/commands/tables/vacuum'
import { type CommandCall, runCommand } from '#support/command_context'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

const upgrade = (positionals: readonly string[], values: CommandCall['values'] = {}) =>
  runCommand(upgradeCommand, { env: { LAKE_URL: lake }, positionals, values })
const timed = { 'in-commit-timestamps': true }

test('turns in-commit timestamps on for one table, once', async () => {
  expect((await upgrade(['bars_1m'], timed)).stdout).toMatch(/^bars_1m +has in-commit timestamps, from version 3 on\n$/)
  expect((await upgrade(['bars_1m'], timed)).stdout).toMatch(
    /^bars_1m +already has in-commit timestamps, from version 3 on\n$/,
  )
  const snapshot = await loadSnapshot(openFilesystemStore({ root: `${lake}/bars_1m` }))
  expect(snapshot).toMatchObject({ version: 3 })
  expect(snapshot !== undefined && hasInCommitTimestamps(snapshot)).toBe(true)
})

test('as JSON, for all tables that are there', async () => {
  await upgrade(['bars_1m'], timed)
  const results = JSON.parse((await upgrade([], { ...timed, json: true })).stdout)
  expect(results).toContainEqual({ table: 'bars_1m', version: 3, upgraded: false, sinceVersion: 3 })
  expect(results).toContainEqual({ table: 'stocks', version: 2, upgraded: true, sinceVersion: 2 })
})

test.each<[readonly string[], CommandCall['values'], object]>([
  [['stocks'], {}, { code: 'USAGE', message: expect.stringContaining('upgrade takes --in-commit-timestamps') }],
  [['stocks', 'alerts'], timed, { code: 'USAGE' }],
  [['stokcs'], timed, { code: 'USAGE' }],
  [['/not/there'], timed, { code: 'TABLE_NOT_FOUND' }],
])('%j with %j is refused', async (positionals, values, failure) => {
  await expect(upgrade(positionals, values)).rejects.toMatchObject(failure)
})

test('is told by tables and history, as JSON', async () => {
  await upgrade(['bars_1m'], timed)
  const env = { LAKE_URL: lake }
  const { tables } = JSON.parse((await runCommand(tablesCommand, { env, values: { json: true } })).stdout)
  expect(tables).toContainEqual(expect.objectContaining({ name: 'bars_1m', inCommitTimestampsSince: 3 }))
  const call = { env, positionals: ['bars_1m'], values: { json: true } }
  const entries = JSON.parse((await runCommand(historyCommand, call)).stdout)
  const told = entries.map((entry: { hasInCommitTimestamp: boolean }) => entry.hasInCommitTimestamp)
  expect(told).toEqual([true, false, false, false])
})

test('says of a place without a table what a place has to be, as all commands for tables do', async () => {
  const place = `${lake}/nowhere/x`
  const call = { env: { LAKE_URL: lake }, positionals: [place] }
  const refusal = {
    code: 'TABLE_NOT_FOUND',
    message: `there is no Delta table at ${place}: name the folder that holds _delta_log`,
  }
  await expect(upgrade([place], timed)).rejects.toMatchObject(refusal)
  for (const command of [compactCommand, vacuumCommand, checkpointCommand]) {
    await expect(runCommand(command, call)).rejects.toMatchObject(refusal)
  }
})
