// Commands on lakes whose bars are not of a minute, or of more than one interval.

import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tablesOf } from '#lake/tables'
import { checkpointCommand } from '#services/cli/commands/tables/checkpoint'
import { compactCommand } from '#services/cli/commands/tables/compact'
import { historyCommand } from '#services/cli/commands/tables/history'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { tablesCommand } from '#services/cli/commands/tables/tables'
import { vacuumCommand } from '#services/cli/commands/tables/vacuum'
import { runCommand } from '#support/command_context'
import { appendBars, createLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

const EXAMPLES = new URL('../../../../../sql/examples/', import.meta.url)
const MINUTE = 60_000
const FIVE = { BAR_INTERVAL_MS: String(5 * MINUTE) }

let five: string
let both: string

beforeAll(async () => {
  five = newFolder()
  await createLake(five, tablesOf([5 * MINUTE]))
  await appendBars(five, 5)
  both = newFolder()
  await createLake(both, tablesOf([MINUTE, 5 * MINUTE]))
  await appendBars(both, 1)
  await appendBars(both, 5)
})

afterAll(() => [five, both].forEach(removeFolder))

async function rows(lake: string, query: string, env: Record<string, string> = {}): Promise<unknown> {
  const call = { env: { LAKE_URL: lake, ...env }, positionals: [query], values: { json: true } }
  return JSON.parse((await runCommand(sqlCommand, call)).stdout)
}

async function listed(lake: string, env: Record<string, string> = {}) {
  const call = { env: { LAKE_URL: lake, ...env }, values: { json: true } }
  const { tables, views } = JSON.parse((await runCommand(tablesCommand, call)).stdout)
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)
  return [names(tables), names(views).filter((name) => name.startsWith('bars'))]
}

const ALWAYS = ['bars_1d', 'bars_regular', 'bars_1d_regular', 'bars_all', 'bars_adjusted']
const HISTORY = ['history_bars', 'history_days', 'corporate_actions']
const LENGTHS = 'SELECT count(*) AS n, max(window_end - window_start)::VARCHAR AS length, sum(close) AS s FROM'

describe('a lake with bars of five minutes only', () => {
  test.each([{}, FIVE])('is listed with its table, and the views over it (%o)', async (env) => {
    const tables = ['stocks', 'bars_5m', 'alerts', 'late_quotes', 'dead_letters', ...HISTORY]
    expect(await listed(five, env)).toEqual([tables, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]])
  })

  test('bars are the latest revisions of its table, and longer bars are made of them', async () => {
    expect(await rows(five, `${LENGTHS} bars`)).toEqual([{ n: 2, length: '00:05:00', s: 4 }])
    expect(await rows(five, `${LENGTHS} bars_5m`)).toEqual([{ n: 3, length: '00:05:00', s: 6 }])
    expect(await rows(five, `${LENGTHS} bars_1h`)).toEqual([{ n: 2, length: '01:00:00', s: 4 }])
    const fresh = "SELECT row_count AS n FROM freshness WHERE table_name = 'bars_5m'"
    expect(await rows(five, fresh)).toEqual([{ n: 3 }])
  })

  test('all revisions of its bars are a view, whatever their table is called', async () => {
    expect(await rows(five, `${LENGTHS} bar_revisions`)).toEqual(await rows(five, `${LENGTHS} bars_5m`))
  })

  test.each(readdirSync(EXAMPLES))('the example %s runs on it', async (name) => {
    const file = new URL(name, EXAMPLES).pathname
    const call = { env: { LAKE_URL: five }, positionals: [], values: { file, json: true } }
    const found = JSON.parse((await runCommand(sqlCommand, call)).stdout)
    if (name === 'revisions.sql') expect(found).toHaveLength(1)
  })

  test('a table that it does not have is named with what there is', async () => {
    await expect(rows(five, 'FROM bars_1m')).rejects.toThrow(/there is no table or view "bars_1m"/)
    const call = { env: { LAKE_URL: five }, positionals: ['bars_1m'] }
    const known = ['stocks', 'bars_5m', 'alerts', 'late_quotes', 'dead_letters', ...HISTORY].join(', ')
    for (const command of [historyCommand, vacuumCommand, compactCommand, checkpointCommand]) {
      await expect(runCommand(command, call)).rejects.toMatchObject({
        code: 'USAGE',
        message: `there is no table "bars_1m"; there are: ${known}, or give a path or URL`,
      })
    }
  })
})

describe('a lake with bars of a minute and of five', () => {
  test('is listed with both, and with no view of the name of a table', async () => {
    const tables = ['stocks', 'bars_1m', 'bars_5m', 'alerts', 'late_quotes', 'dead_letters', ...HISTORY]
    expect(await listed(both)).toEqual([tables, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]])
    expect(await listed(both, FIVE)).toEqual([tables, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]])
  })

  test('both tables can be read, and bars are those of BAR_INTERVAL_MS', async () => {
    for (const env of [{}, FIVE]) {
      expect(await rows(both, `${LENGTHS} bars_1m`, env)).toEqual([{ n: 3, length: '00:01:00', s: 6 }])
      expect(await rows(both, `${LENGTHS} bars_5m`, env)).toEqual([{ n: 3, length: '00:05:00', s: 6 }])
    }
    expect(await rows(both, `${LENGTHS} bars`)).toEqual([{ n: 2, length: '00:01:00', s: 4 }])
    expect(await rows(both, `${LENGTHS} bars`, FIVE)).toEqual([{ n: 2, length: '00:05:00', s: 4 }])
  })

  test.each(['bars_1m', 'bars_5m'])('commands on tables take %s by its name', async (name) => {
    const call = { env: { LAKE_URL: both }, positionals: [name] }
    expect((await runCommand(historyCommand, call)).stdout).toMatch(/CREATE TABLE/)
    for (const command of [vacuumCommand, compactCommand, checkpointCommand]) {
      expect((await runCommand(command, call)).stdout).toContain(name)
    }
  })

  test.each([vacuumCommand, compactCommand, checkpointCommand])(
    'commands without a name take both',
    async (command) => {
      const { stdout } = await runCommand(command, { env: { LAKE_URL: both } })
      expect(stdout).toMatch(/bars_1m.*bars_5m.*dead_letters/s)
    },
  )
})
