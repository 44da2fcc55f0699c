// The running writer service merges small files by itself, beside its writing.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { WriterConfig } from '#services/writer/config'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { committedRows } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

const ROWS_A_ROUND = 10

/** The machine's clock, but for long waits, which maintenance alone has: they are short. */
const hastyClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms >= 20_000 ? 20 : ms, signal),
}

/** Runs the writer while quotes come in, until `done` or all rounds are over. */
async function writeWhile(config: WriterConfig, rounds: number, done: (files: number) => boolean) {
  const folder = temporaryFolder()
  const log = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(1))
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const end = new AbortController()
  const ready = Promise.withResolvers<void>()
  const facts = { clock: hastyClock, random: () => 0.5, newId: randomUUID, signal: end.signal, config }
  const run = runWriter({
    ...facts,
    decoder: defaultDecoder,
    log,
    store: lake,
    temporaryFolder: folder,
    onReady: () => ready.resolve(),
  })
  await Promise.race([run, ready.promise])
  let published = 0
  const timestamp = systemClock.now() - 1000
  for (let round = 0; round < rounds && !done((await snapshotOf(lake, 'stocks')).files.size); round++) {
    const quotes = Array.from({ length: ROWS_A_ROUND }, (_, i) => ({ symbol: `S${i}`, price: 1 + i, timestamp }))
    await log.publish(quotes.map((quote) => ({ topic: PRICES_TOPIC, key: quote.symbol, value: JSON.stringify(quote) })))
    published += quotes.length
    while ((await committedRows(lake)) < published) await systemClock.sleep(10)
  }
  end.abort()
  const counters = await run
  await log.close()
  const offsets = (await rowsOf(lake, 'stocks')).map((row) => Number(row.source_offset))
  expect(offsets).toEqual(Array.from({ length: published }, (_, i) => i))
  expect(counters).toMatchObject({ fenced: 0, rows: { stocks: published } })
  return (await snapshotOf(lake, 'stocks')).files.size
}

const config: WriterConfig = { flushIntervalMs: 20, flushRows: 1000, flushBytes: 1024 * 1024 }
const compaction = { filesMin: 4, fileAgeMinMs: 0, targetBytes: 1024 * 1024 }

test('small files are merged while the writing goes on, and no row is lost or double', async () => {
  let most = 0
  const files = await writeWhile({ ...config, compaction }, 100, (count) => {
    const shrunk = count < most
    most = Math.max(most, count)
    return shrunk
  })
  expect(files).toBeLessThan(most)
})

test('without the setting files stay as they are', async () => {
  expect(await writeWhile(config, 8, () => false)).toBeGreaterThanOrEqual(8)
})
