// A recorded day of last year, replayed: it alerts as it did live, and says how old each reference price is.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const YESTERDAY = Date.UTC(2025, 10, 17, 20, 59, 30)
const OPENING = Date.UTC(2025, 10, 18, 14, 30)
const MINUTE_MS = 60_000

/** Last evening's close, an opening 3 % above it, a calm morning, and a fall of 5 % in 5 minutes. */
const DAY: readonly (readonly [time: number, price: number])[] = [
  [YESTERDAY, 100],
  [OPENING, 103],
  ...Array.from({ length: 60 }, (_, n) => [OPENING + (n + 1) * MINUTE_MS, 103 + (n % 2) / 10] as const),
  [OPENING + 64 * MINUTE_MS, 97.9],
]

test('a day of last year that is replayed gives its alerts, and replay-check finds them in the tables', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'day.ndjson')
  const lines = DAY.map(([timestamp, price]) => JSON.stringify({ symbol: 'AAPL', price, timestamp }))
  writeFileSync(file, `${lines.join('\n')}\n`)
  const env = { DATA_DIR: folder, SOURCE: 'replay', REPLAY_FILE: file, LOG_LEVEL: 'warn' }
  const drained = startTickerlake(['start', '--drain'], env)
  expect(await drained.ended).toEqual({ code: 0, signal: null })
  expect(drained.stderr).toEqual([])
  expect(drained.stdout.filter((line) => line.startsWith('ALERT'))).toEqual([
    'ALERT  AAPL  +3.00 % in 17 h 31 min  103.00 (was 100.00)  14:30:00 UTC',
    'ALERT  AAPL  -4.95 % in 5 min  97.90 (was 103.00)  15:34:00 UTC',
  ])
  expect(drained.stdout.join('\n')).not.toContain('stale')
  expect(await sqlRows('SELECT count(*) AS n, count_if(replayed) AS marked FROM stocks', env)).toEqual([
    { n: DAY.length, marked: DAY.length },
  ])
  const checked = startTickerlake(['replay-check', '--from', 'table'], env)
  expect(await checked.ended).toEqual({ code: 0, signal: null })
}, 120_000)
