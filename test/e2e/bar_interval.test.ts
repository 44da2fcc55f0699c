// Bars of another interval, by the real program: they have a topic and a table of their own, and after a change of the
// setting the tables of both stand side by side.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { BARS_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { sqlRows } from '#support/lake/sql_rows'
import { recordsOf } from '#support/log/topic_records'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const START = Date.UTC(2026, 9, 2, 13, 30)
const FIVE = { BAR_INTERVAL_MS: '300000' }

/** Twenty minutes of quotes, one a second, of five symbols in turn. */
function quotesFrom(minute: number): string {
  const quote = (i: number) => {
    const timestamp = START + minute * 60_000 + i * 1_000
    return JSON.stringify({ symbol: `S${i % 5}`, price: 100 + (i % 7), timestamp, size: 1, recording: minute })
  }
  return Array.from({ length: 1_200 }, (_, i) => `${quote(i)}\n`).join('')
}

type Env = Readonly<Record<string, string>>

async function run(args: readonly string[], env: Env) {
  const program = startTickerlake(args, { LOG_LEVEL: 'warn', ...env })
  const { code } = await program.ended
  return { code, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') }
}

/** What a stream says that finds a snapshot of other settings: all that such a drain may say. */
const MADE_ANEW =
  /^(\S+ WARN: (a state snapshot cannot be used .* other settings|no state snapshot can be used: ).*\s*)+$/

async function drained(minute: number, env: Env, { said }: { said: RegExp } = { said: /^$/ }): Promise<void> {
  const file = join(env.DATA_DIR as string, `quotes-${minute}.ndjson`)
  writeFileSync(file, quotesFrom(minute))
  const source = { SOURCE: 'replay', REPLAY_FILE: file, TOPIC_PARTITIONS: '3' }
  const { code, stderr } = await run(['start', '--drain'], { ...env, ...source })
  expect(stderr).toMatch(said)
  expect(code).toBe(0)
}

const barsOf = (relation: string, env: Env) =>
  sqlRows(
    `SELECT count(*) AS n, sum(count) AS quotes, min(window_end - window_start)::VARCHAR AS length,
    max(window_end - window_start)::VARCHAR AS longest FROM ${relation}`,
    env,
  )

const FOUR_A_SYMBOL = { n: 20, quotes: 1_200, length: '00:05:00', longest: '00:05:00' }
const TWENTY_A_SYMBOL = { n: 100, quotes: 1_200, length: '00:01:00', longest: '00:01:00' }

test('bars of five minutes are made, queried, verified and replayed; bars of a minute come beside them', async () => {
  const data = { DATA_DIR: temporaryFolder() }
  const five = { ...data, ...FIVE }
  await drained(0, five)
  for (const relation of ['bars', 'bars_5m']) expect(await barsOf(relation, data)).toEqual([FOUR_A_SYMBOL])
  expect(await barsOf('bars_1h', data)).toMatchObject([{ n: 5, quotes: 1_200, length: '01:00:00' }])
  for (const from of ['log', 'table']) {
    expect(await run(['replay-check', '--from', from], five)).toMatchObject({ code: 0 })
    const wrong = await run(['replay-check', '--from', from], data)
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(/no (topic stock-bars-1m|table bars_1m).*BAR_INTERVAL_MS/)
  }

  await drained(30, { ...data, TOPIC_PARTITIONS: '1' }, { said: MADE_ANEW })
  expect(await barsOf('bars', data)).toEqual([TWENTY_A_SYMBOL])
  expect(await barsOf('bars', five)).toEqual([FOUR_A_SYMBOL])
  expect(await barsOf('bars_5m', data)).toEqual([FOUR_A_SYMBOL])
  const verified = await run(['verify', '--log'], data)
  expect(verified).toMatchObject({ code: 0 })
  expect(verified.stdout).toMatch(/^stock-bars-1m +100 records compared$/m)
  expect(verified.stdout).toMatch(/^stock-bars-5m +20 records compared$/m)

  await drained(60, five, { said: MADE_ANEW })
  expect(await barsOf('bars', five)).toEqual([{ ...FOUR_A_SYMBOL, n: 40, quotes: 2_400 }])
  expect(await barsOf('bars_1m', five)).toEqual([TWENTY_A_SYMBOL])
  expect(await run(['verify', '--log'], five)).toMatchObject({ code: 0 })
}, 240_000)

test('a topic that holds bars of another interval, as earlier versions wrote them, is hinted at', async () => {
  const data = { DATA_DIR: temporaryFolder() }
  const thirty = { ...data, BAR_INTERVAL_MS: '30000' }
  await drained(0, data)
  expect(await run(['init'], thirty)).toMatchObject({ code: 0 })
  const path = join(data.DATA_DIR, 'log.sqlite')
  const log = openEmbeddedLog({ path, clock: systemClock, logger: silentLogger })
  for (const [partition, records] of await recordsOf(log, BARS_TOPIC)) {
    await log.publish(records.map(({ key, value }) => ({ topic: 'stock-bars-30s', partition, key, value })))
  }
  await log.close()
  expect(await run(['write', '--drain'], thirty)).toMatchObject({ code: 0 })
  for (const from of ['log', 'table']) {
    const { code, stdout } = await run(['replay-check', '--from', from], thirty)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^hint: there are emitted bars of 60000 ms, but BAR_INTERVAL_MS is 30000$/m)
  }
}, 120_000)
