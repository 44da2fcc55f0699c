// What a scraper sees of a running platform: every number that docs/operations.md names, and nothing unaccounted for.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

/** Names in the table of metrics in docs/operations.md. */
function documentedNames(): string[] {
  const document = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  return [...document.matchAll(/`(tickerlake_\w+)(?:\{[^`]*\})?`/g)].map(([, name]) => name as string)
}

test('every documented metric is served, and nothing is unaccounted for', async () => {
  const platform = startTickerlake(['start'], {
    DATA_DIR: temporaryFolder(),
    FLUSH_INTERVAL_MS: '500',
    METRICS_PORT: '0',
    LOG_FORMAT: 'json',
  })
  const port = /"port":(\d+)/.exec(await platform.waitForLine(/"port":\d+/))?.[1]
  const page = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  expect(await page('/livez')).toBe('alive\n')
  const has = (text: string) => (name: string) => text.includes(`\n${name}{`) || text.includes(`\n${name} `)
  const missing = async () => {
    const text = await page('/metrics')
    return documentedNames().filter((name) => !has(text)(name))
  }
  expect(documentedNames().length).toBeGreaterThan(20)
  // The first state snapshot is due after ten seconds.
  await expect.poll(missing, { timeout: 40_000, interval: 500 }).toEqual([])
  const text = await page('/metrics')
  expect(text).toContain('\ntickerlake_stream_unaccounted_records 0\n')
  expect(text).toMatch(/tickerlake_log_lag_records\{group="writer",topic="stock-alerts",partition="\d"\} \d+/)
  expect(await page('/readyz')).toBe('ready\n')
  expect(await platform.stop('SIGTERM')).toEqual({ code: 0, signal: null })
}, 90_000)
