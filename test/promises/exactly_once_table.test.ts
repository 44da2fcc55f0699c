// The promise: every valid quote of the log is in the table once, whatever dies, and whoever else writes.
// On the embedded log and a filesystem store; the table is read back by SQL.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, NewRecord } from '#log/event_log'
import { PRICES_TOPIC, TOPICS, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { WriterConfig } from '#services/writer/config'
import { runWriter } from '#services/writer/writer'
import { createWriterProcessor } from '#services/writer/writer_processor'
import { defaultDecoder } from '#support/decoder'
import { query, rowsOf } from '#support/lake/lake_tables'
import { mortal } from '#support/stores/mortal_store'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
const QUOTES = 3000
const config: WriterConfig = { flushIntervalMs: 50, flushRows: 150, flushBytes: 1024 * 1024 }

/** Every tenth value is no quote; the others are numbered. */
function publication(): NewRecord[] {
  const timestamp = systemClock.now() - 60_000
  return Array.from({ length: QUOTES }, (_, n) => {
    const symbol = `S${n % 17}`
    const price = n % 10 === 9 ? -1 : 1 + n
    return { topic: PRICES_TOPIC, key: symbol, value: JSON.stringify({ symbol, price, timestamp, id: String(n) }) }
  })
}

const valid = Array.from({ length: QUOTES }, (_, n) => n).filter((n) => n % 10 !== 9)

/** A deterministic sequence of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

async function emptyLog(folder: string): Promise<EventLog> {
  const log = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(PARTITIONS))
  return log
}

async function filledLog(folder: string): Promise<EventLog> {
  const log = await emptyLog(folder)
  await log.publish(publication())
  return log
}

/** Time in which waiting takes none, so that a dead store is given up at once. */
const impatient = { now: systemClock.now, sleep: () => systemClock.sleep(0) }

function writerParts(store: ObjectStore) {
  return {
    store,
    config,
    decoder: defaultDecoder,
    clock: impatient,
    random: () => 0,
    newId: randomUUID,
    logger: silentLogger,
  }
}

async function expectEachOnce(lake: Required<ObjectStore>): Promise<void> {
  const rows = await rowsOf(lake, 'stocks')
  expect(rows.map((row) => Number(row.id)).sort((a, b) => a - b)).toEqual(valid)
  const positions = new Set(rows.map((row) => `${row.source_partition}:${row.source_offset}`))
  expect(positions.size).toBe(rows.length)
}

test.each([1, 2, 3, 4, 5, 6])(
  'a writer that dies at random, again and again, writes each row once (seed %i)',
  async (seed) => {
    const folder = temporaryFolder()
    const random = seeded(seed * 7919)
    const lake = openFilesystemStore({ root: join(folder, 'lake') })
    const log = await filledLog(folder)
    let deaths = 0
    for (let alive = false; !alive; ) {
      const store = mortal(lake, { calls: 30 + Math.floor(random() * 30), after: random() < 0.5 })
      const run = runWriter({ ...writerParts(store), log, signal: AbortSignal.any([]), bounded: true })
      alive = await run.then(
        () => true,
        () => false,
      )
      if (!alive) deaths++
    }
    await log.close()
    expect(deaths).toBeGreaterThan(0)
    await expectEachOnce(lake)
  },
)

test('a writer that is stopped and started again goes on where it was', async () => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const log = await emptyLog(folder)
  const records = publication()
  let rows = 0
  for (const [from, to] of [
    [0, 900],
    [900, 2100],
    [2100, QUOTES],
  ] as const) {
    const stop = new AbortController()
    const store: ObjectStore = {
      ...lake,
      put: async (key, body) => {
        stop.abort()
        await lake.put(key, body)
      },
    }
    const run = runWriter({ ...writerParts(store), log, signal: stop.signal })
    await log.publish(records.slice(from, to))
    rows += (await run).rows.stocks ?? 0
  }
  rows += (await runWriter({ ...writerParts(lake), log, signal: AbortSignal.any([]), bounded: true })).rows.stocks ?? 0
  await log.close()
  expect(rows).toBe(valid.length)
  await expectEachOnce(lake)
})

test('two writers that do not know of each other fence each other, and each row is there once', async () => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const log = await filledLog(folder)
  const [clusterId, topics] = [await log.clusterId(), await log.describeTopics(TOPICS)]
  const fenced = await Promise.all(
    ['one', 'other'].map(async (group) => {
      const processor = await createWriterProcessor(writerParts(lake), { clusterId, topics })
      const signal = AbortSignal.any([])
      await log.run({ group, topics: TOPICS, commit: 'offsets', signal, bounded: true }, processor)
      await processor.dispose()
      return processor.counters.fenced
    }),
  )
  await log.close()
  expect(Math.max(...fenced)).toBeGreaterThan(0)
  await expectEachOnce(lake)
})

test('that a row is missing or double is provable by SQL', async () => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const log = await filledLog(folder)
  await runWriter({ ...writerParts(lake), log, signal: AbortSignal.any([]), bounded: true })
  await log.close()
  const files = lake.localPath('stocks/date=*/*.parquet')
  const doubles = await query(`SELECT source_partition, source_offset FROM '${files}' GROUP BY ALL HAVING count(*) > 1`)
  expect(doubles).toEqual([])
})
