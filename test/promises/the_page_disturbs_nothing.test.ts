// Promise: the page only looks. Whether it is flooded, killed or not there at all, stream and writer do the same work:
// the tables hold the same quotes, bars and alerts, and each of them once.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { sqlRows } from '#support/lake/sql_rows'
import { randomOf } from '#support/simulation/world/random'
import { startTickerlake } from '#support/start_tickerlake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'
import { startPage } from '#support/web/page_server'
import { openConnection } from '#support/web/raw_http'
import { webClient } from '#support/web/web_client'

const QUOTES = 60_000
const SYMBOLS = 20
const KILLS = 3
const START = Date.UTC(2025, 9, 2, 13, 30)
const TIMEOUT_MS = 240_000

test(
  'a page that is flooded and killed changes nothing of what lands',
  async () => {
    const folder = newFolder()
    onTestFinished(() => removeFolder(folder))
    const source = { SOURCE: 'replay', REPLAY_FILE: recording(folder), SYMBOLS: 'AAPL' }
    const alone = { ...source, DATA_DIR: temporaryFolder() }
    await drain(alone)

    const { process, env, port, origin } = await startPage('start', { ...source, REPLAY_SPEED: '100' })
    const flooding = flood(origin, port)
    await killedPages(env)
    await expect.poll(() => progressOf(origin), { timeout: 120_000 }).toBeGreaterThan(QUOTES / 2)
    await flooding.stop()
    expect(await process.stop()).toEqual({ code: 0, signal: null })
    // The last bars close here.
    await drain(env)

    expect(await outcomeOf(env)).toEqual(await outcomeOf(alone))
    const verified = startTickerlake(['verify', '--log'], env)
    expect(await verified.ended, verified.stdout.join('\n')).toEqual({ code: 0, signal: null })
  },
  TIMEOUT_MS,
)

/** A walk of prices, with quotes that come late. */
function recording(folder: string): string {
  const { whole } = randomOf(12, 'page')
  const lines = Array.from({ length: QUOTES }, (_, i) => {
    const late = whole(0, 50) === 0 ? whole(0, 60_000) : 0
    const price = 100 + 10 * Math.sin(i / 3000 + (i % SYMBOLS)) + whole(0, 100) / 100
    return JSON.stringify({ symbol: `S${i % SYMBOLS}`, price, timestamp: START + i * 20 - late })
  })
  const file = join(folder, 'quotes.ndjson')
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

async function drain(env: Env): Promise<void> {
  const drained = startTickerlake(['start', '--drain'], { ...env, LOG_LEVEL: 'error' })
  expect(await drained.ended).toEqual({ code: 0, signal: null })
}

/** Asks without pause for all that is dear, holds connections open, and leaves answers unread. */
function flood(origin: string, port: number) {
  let isOver = false
  const again = async (work: () => Promise<unknown>) => {
    while (!isOver) await work().catch(() => new Promise((resolve) => setTimeout(resolve, 10)))
  }
  const client = webClient(origin)
  const from = { symbol: 'S1', from: START, to: START + 3_600_000 }
  const floods = [
    again(() => client.sql('SELECT symbol, avg(price) FROM stocks GROUP BY 1')),
    again(() => client.sql('SELECT count(*) FROM range(100000000)')),
    again(() => client.get('/api/symbols')),
    again(() => client.get('/api/bars', from)),
    again(() => client.get('/api/health')),
    again(async () =>
      (await openConnection(port)).write('GET /api/stream?symbol=S1 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ),
  ]
  return {
    async stop() {
      isOver = true
      await Promise.all(floods)
    },
  }
}

/** Pages of their own beside the running platform, each killed while it works. */
async function killedPages(env: Env): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const page = await startPage('web', { ...env, WEB_PORT: '0' })
    const asked = webClient(page.origin)
      .sql('SELECT count(*) FROM stocks')
      .catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 500))
    await page.process.stop('SIGKILL')
    await asked
  }
}

/** Quotes in the table, as the flooded page sees them. */
async function progressOf(origin: string): Promise<number> {
  const answer = await webClient(origin).sql('SELECT count(*)::INT FROM stocks')
  return Number(answer.body.rows?.[0]?.[0] ?? 0)
}

/** What landed, but for when: in figures that differ as soon as a row does. */
async function outcomeOf(env: Env) {
  const sums = [
    ['stocks', 'symbol, price, event_time'],
    ['bars', 'symbol, window_start, open, high, low, close, volume, "count"'],
    ['alerts', 'symbol, rule, direction, price, percent, event_time'],
    ['late_quotes', 'symbol, price, event_time'],
  ].map(
    ([table, columns]) =>
      `SELECT '${table}' AS t, count(*) AS n, bit_xor(hash(${columns}))::VARCHAR AS h FROM ${table}`,
  )
  return sqlRows(`${sums.join(' UNION ALL ')} ORDER BY t`, env)
}
