// A disk that is full: the command says so and ends, and when there is room again the next start goes on, nothing lost.
// A small disk of its own needs the right to mount one.

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const QUOTES = 200_000
/** Room for the start, not for the quotes. */
const DISK_MIB = 4
const START = Date.UTC(2026, 9, 2, 13, 30)

function smallDisk(): string | undefined {
  const folder = temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  return folder
}

test('a full disk is one clear line, and nothing that was acknowledged is lost', async ({ skip }) => {
  const disk = smallDisk()
  if (disk === undefined) return skip('needs the right to mount a small disk')
  const file = join(temporaryFolder(), 'quotes.ndjson')
  const quotes = Array.from({ length: QUOTES }, (_, i) => ({
    symbol: `S${i % 50}`,
    price: 1 + i,
    timestamp: START + i,
  }))
  writeFileSync(file, quotes.map((quote) => `${JSON.stringify(quote)}\n`).join(''))
  const env = { DATA_DIR: disk, LOG_LEVEL: 'error', SOURCE: 'replay', REPLAY_FILE: file }

  const full = startTickerlake(['start', '--drain'], env)
  expect(await full.ended).toEqual({ code: 1, signal: null })
  expect(full.stderr).toHaveLength(1)
  expect(full.stderr[0]).toMatch(/no space|full/i)
  expect(full.stderr[0]).toMatch(/\[STORE_FULL\]$/)

  execFileSync('mount', ['-o', 'remount,size=256m', disk])
  rmSync(file)
  writeFileSync(file, `${JSON.stringify({ symbol: 'LAST', price: 1, timestamp: START + QUOTES })}\n`)
  const next = startTickerlake(['start', '--drain'], env)
  expect(await next.ended, next.stderr.join('\n')).toEqual({ code: 0, signal: null })
  const sent = Number(/read ([\d,]+)/.exec(next.stdout.join('\n'))?.[1]?.replaceAll(',', ''))
  const [row] = await sqlRows('SELECT count(*) AS n, count(DISTINCT (symbol, price)) AS d FROM stocks', env)
  expect(row?.n).toBe(row?.d)
  expect(row?.n).toBe(sent)
}, 120_000)
