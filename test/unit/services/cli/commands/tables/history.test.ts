// `tickerlake history`.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { historyCommand } from '#services/cli/commands/tables/history'
import { type CommandCall, runCommand } from '#support/command_context'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

const history = (positionals: readonly string[], values: CommandCall['values'] = {}) =>
  runCommand(historyCommand, { env: { LAKE_URL: lake }, positionals, values })

test('lists the commits, newest first', async () => {
  const lines = (await history(['bars_1m'])).stdout.split('\n')
  expect(lines[0]).toMatch(/^ version \| time +\| operation +\| rows \| files \| removed \| bytes$/)
  expect(lines[2]).toMatch(/^ +2 \| 2026-11-21T15:30:00\.002Z \| WRITE +\| +2 \| +1 \| +0 \| +\d+$/)
  expect(lines[3]).toMatch(/^ +1 \| 2026-11-21T15:30:00\.001Z \| WRITE +\| +38 \| +2 \| +0 \| +\d+$/)
  expect(lines).toHaveLength(6)
})

test('as JSON, as many as asked for', async () => {
  const entries = JSON.parse((await history(['stocks'], { json: true, limit: '1' })).stdout)
  expect(entries).toEqual([
    expect.objectContaining({ version: 1, operation: 'WRITE', rowsAdded: 400, filesAdded: 2, filesRemoved: 0 }),
  ])
})

test('takes any table by its path', async () => {
  expect((await history([join(lake, 'alerts')])).stdout).toContain('WRITE')
})

test.each<[readonly string[], CommandCall['values'], object]>([
  [[], {}, { code: 'USAGE' }],
  [['stocks', 'alerts'], {}, { code: 'USAGE' }],
  [['stokcs'], {}, { code: 'USAGE', message: expect.stringContaining('stocks, bars_1m') }],
  [
    ['s3://'],
    {},
    {
      code: 'USAGE',
      message: "the table's place is wrong: not an S3 place: 's3://'; write s3://bucket or s3://bucket/prefix",
    },
  ],
  [['ftp://x/y'], {}, { code: 'USAGE', message: expect.stringContaining("'ftp://x/y' is not a place for data") }],
  [['stocks'], { limit: 'all' }, { code: 'USAGE' }],
  [['stocks'], { limit: '0' }, { code: 'USAGE' }],
  [['/not/there'], {}, { code: 'TABLE_NOT_FOUND' }],
])('%j with %j is refused', async (positionals, values, failure) => {
  await expect(history(positionals, values)).rejects.toMatchObject(failure)
})

test('says of a place without a table what a place has to be', async () => {
  const place = join(lake, 'nowhere', 'x')
  await expect(history([place])).rejects.toMatchObject({
    code: 'TABLE_NOT_FOUND',
    message: `there is no Delta table at ${place}: name the folder that holds _delta_log`,
  })
})
