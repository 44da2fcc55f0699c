// `tickerlake tables`.

import { expect, test } from 'vitest'
import { tablesCommand } from '#services/cli/commands/tables/tables'
import { runCommand } from '#support/command_context'
import { createLake, createSampleLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

test('lists tables with their version, rows and bytes, and the views', async () => {
  const folder = temporaryFolder()
  await createSampleLake(folder)
  const { stdout } = await runCommand(tablesCommand, { env: { LAKE_URL: folder } })
  expect(stdout.startsWith(`${folder}\n`)).toBe(true)
  expect(stdout).toMatch(/ table +\| version \| files \| rows \| bytes \| last commit/)
  expect(stdout).toMatch(/ bars_1m +\| +2 \| +3 \| +40 \| +\d+ \| 2026-11-21T15:30:00\.002Z/)
  expect(stdout).toMatch(/ bars_5m +\| Five-minute bars/)
})

test('as JSON', async () => {
  const folder = temporaryFolder()
  await createLake(folder)
  const { stdout } = await runCommand(tablesCommand, { env: { LAKE_URL: folder }, values: { json: true } })
  const { url, tables, views } = JSON.parse(stdout)
  expect(url).toBe(folder)
  const empty = { version: 0, files: 0, rows: 0, bytes: 0, lastCommit: '2026-11-21T15:30:00.000Z' }
  expect(tables[0]).toEqual({ name: 'stocks', ...empty, inCommitTimestampsSince: null })
  expect(tables).toHaveLength(8)
  expect(views.map((view: { name: string }) => view.name)).toContain('freshness')
})

test('an empty lake says what to do', async () => {
  const call = { env: { LAKE_URL: temporaryFolder() } }
  await expect(runCommand(tablesCommand, call)).rejects.toThrow(/^no tables at .* yet: start the pipeline/)
})
