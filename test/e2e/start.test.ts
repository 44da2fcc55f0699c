// What a new user does first: start, query from a second terminal, stop, start again.

import { expect, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

test('a first start shows quotes, bars and an alert, SQL answers meanwhile, and the next start goes on', async () => {
  const env = { DATA_DIR: temporaryFolder(), FLUSH_INTERVAL_MS: '500' }
  const first = startTickerlake(['start'], env)
  await first.waitForLine(/SIMULATED market data/)
  await first.waitForLine(/^Sent: AAPL - \$\d+\.\d\d$/)
  await first.waitForLine(/^Bar: {2}AAPL \d\d:\d\d UTC {2}open /)
  await first.waitForLine(/^ALERT {2}[A-Z]+ {2}[+-]\d+\.\d\d %/)
  await expect.poll(() => symbolsOf(env), { timeout: 20_000 }).toEqual(['AAPL', 'AMZN', 'GOOGL', 'MSFT', 'TSLA'])
  await expect.poll(() => countOf('bars', env), { timeout: 20_000 }).toBeGreaterThan(0)
  expect(await first.stop('SIGINT')).toEqual({ code: 0, signal: null })
  const before = await countOf('stocks', env)

  const second = startTickerlake(['start'], env)
  await expect.poll(() => countOf('stocks', env), { timeout: 20_000 }).toBeGreaterThan(before)
  expect(await second.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(await doublesOf('stocks', env)).toBe(0)
  expect(await doublesOf('bars_1m', env)).toBe(0)
  expect([...first.stderr, ...second.stderr]).toEqual([])
}, 120_000)

async function symbolsOf(env: Record<string, string>): Promise<unknown[]> {
  return (await sqlRows('SELECT DISTINCT symbol FROM stocks ORDER BY 1', env)).map((row) => row.symbol)
}

async function countOf(table: string, env: Record<string, string>): Promise<number> {
  return Number((await sqlRows(`SELECT count(*) AS n FROM ${table}`, env))[0]?.n)
}

async function doublesOf(table: string, env: Record<string, string>): Promise<number> {
  const key = 'source_topic, source_partition, source_offset'
  return (await sqlRows(`SELECT ${key} FROM ${table} GROUP BY ${key} HAVING count(*) > 1`, env)).length
}
