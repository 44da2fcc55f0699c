// What a scraper sees of a running platform, and of a copy that follows its tables: every number that
// docs/operations.md names, and nothing unaccounted for.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RunningTickerlake, startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

/** Names in the table of metrics in docs/operations.md, but those of a source that is not running here. */
function documentedNames(): string[] {
  const document = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const names = [...document.matchAll(/`(tickerlake_\w+)(?:\{[^`]*\})?`/g)].map(([, name]) => name as string)
  return names.filter((name) => !name.startsWith('tickerlake_producer_stream_'))
}

/** The pages of its health server. */
async function pagesOf(running: RunningTickerlake): Promise<(path: string) => Promise<string>> {
  const port = /"port":(\d+)/.exec(await running.waitForLine(/"port":\d+/))?.[1]
  return async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
}

test('every documented metric is served, and nothing is unaccounted for', async () => {
  const shared = { DATA_DIR: temporaryFolder(), METRICS_PORT: '0', LOG_FORMAT: 'json' }
  const platform = startTickerlake(['start'], { ...shared, FLUSH_INTERVAL_MS: '500' })
  const page = await pagesOf(platform)
  const follower = startTickerlake(['copy', '--all', '--follow', temporaryFolder()], { ...shared, COPY_POLL_MS: '500' })
  const copyPage = await pagesOf(follower)
  expect(await page('/livez')).toBe('alive\n')
  const has = (text: string) => (name: string) => text.includes(`\n${name}{`) || text.includes(`\n${name} `)
  const missing = async () => {
    const [text, copyText] = [await page('/metrics'), await copyPage('/metrics')]
    return documentedNames().filter((name) => !has(name.startsWith('tickerlake_copy_') ? copyText : text)(name))
  }
  expect(documentedNames().length).toBeGreaterThan(20)
  // The first state snapshot is due after ten seconds.
  await expect.poll(missing, { timeout: 40_000, interval: 500 }).toEqual([])
  const text = await page('/metrics')
  expect(text).toContain('\ntickerlake_stream_unaccounted_records 0\n')
  expect(text).toMatch(/tickerlake_log_lag_records\{group="writer",topic="stock-alerts",partition="\d"\} \d+/)
  expect(await page('/readyz')).toBe('ready\n')
  expect(await platform.stop('SIGTERM')).toEqual({ code: 0, signal: null })
}, 120_000)
