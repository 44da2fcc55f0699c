// The promise: every valid quote of the log is in the table once, and every bar of history, whatever dies, and whoever
// else writes.
// On the embedded log and stores of every kind; the table is read back by SQL.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, NewRecord } from '#log/event_log'
import { encodeHistoryBar } from '#market/history/history_bar'
import { encodeHistoryDay } from '#market/history/history_day'
import { HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC, PRICES_TOPIC, TOPICS, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { DAY_MS, epochMs, MINUTE_MS } from '#runtime/units'
import type { WriterConfig } from '#services/writer/config'
import { runWriter } from '#services/writer/writer'
import { createWriterProcessor, type WriterProcessor } from '#services/writer/writer_processor'
import { defaultDecoder } from '#support/decoder'
import { historyBar, historyDay } from '#support/lake/history_records'
import { query, rowsOf } from '#support/lake/lake_tables'
import { describeWithAzure, describeWithS3 } from '#support/services/services'
import { mortal } from '#support/stores/mortal_store'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
const QUOTES = 3000
const HISTORY_BARS = 400
const HISTORY_START = Date.UTC(2026, 10, 20, 14, 30)
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

/** Bars of history, of two trading days, and what is known of each day; the bars are numbered by their prices. */
function history(): NewRecord[] {
  const bars = Array.from({ length: HISTORY_BARS }, (_, n) => {
    const windowStart = epochMs(HISTORY_START + (n % 2) * DAY_MS + n * MINUTE_MS)
    const windowEnd = epochMs(windowStart + MINUTE_MS)
    return historyBar({ symbol: `S${n % 17}`, windowStart, windowEnd, close: n })
  })
  const days = Array.from({ length: 17 }, (_, n) => historyDay({ symbol: `S${n}`, bars: n }))
  return [
    ...bars.map((bar) => ({ topic: HISTORY_BARS_TOPIC, key: bar.symbol, value: encodeHistoryBar(bar) })),
    ...days.map((day) => ({ topic: HISTORY_DAYS_TOPIC, key: day.symbol, value: encodeHistoryDay(day) })),
  ]
}

async function expectEachOnce(lake: ObjectStore): Promise<void> {
  const rows = await rowsOf(lake, 'stocks')
  expect(rows.map((row) => Number(row.id)).sort((a, b) => a - b)).toEqual(valid)
  const positions = new Set(rows.map((row) => `${row.source_partition}:${row.source_offset}`))
  expect(positions.size).toBe(rows.length)
}

async function expectHistoryOnce(lake: ObjectStore): Promise<void> {
  const [bars, days] = [await rowsOf(lake, 'history_bars'), await rowsOf(lake, 'history_days')]
  expect(bars.map((row) => Number(row.close)).sort((a, b) => a - b)).toEqual(Array.from(Array(HISTORY_BARS).keys()))
  expect(days.map((row) => Number(row.bars)).sort((a, b) => a - b)).toEqual(Array.from(Array(17).keys()))
}

/** Lets writers die at a random call of the store, one after the other, until one lives to the end. */
async function dieAtRandom(lake: ObjectStore, seed: number): Promise<void> {
  const random = seeded(seed * 7919)
  const log = await filledLog(temporaryFolder())
  await log.publish(history())
  let deaths = 0
  for (let alive = false; !alive; ) {
    const store = mortal(lake, { calls: 50 + Math.floor(random() * 30), after: random() < 0.5 })
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
  await expectHistoryOnce(lake)
}

test.each([1, 2, 3, 4, 5, 6])('a writer that dies at random, again and again, writes each row once (seed %i)', (seed) =>
  dieAtRandom(openFilesystemStore({ root: join(temporaryFolder(), 'lake') }), seed),
)

function elsewhere(remote: RemoteStore): void {
  test('a writer that dies at random, again and again, writes each row once', { timeout: 120_000 }, async () => {
    await dieAtRandom(await remote.open(`${await remote.newRoot('once')}/bronze`), 7)
  })
}

describeWithS3('on S3', (s3) => elsewhere(remoteS3(s3)))

describeWithAzure('on Azure', (azure) => elsewhere(remoteAzure(azure)))

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

/** What each of so many awaits until all have come. */
function meetingOf(members: number): () => Promise<void> {
  const all = Promise.withResolvers<void>()
  let come = 0
  return () => {
    if (++come === members) all.resolve()
    return all.promise
  }
}

test('two writers that do not know of each other fence each other, and each row is there once', async () => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const log = await filledLog(folder)
  const [clusterId, topics] = [await log.clusterId(), await log.describeTopics(TOPICS)]
  // Both have opened this partition before either commits of it, however late one of them is.
  const together = meetingOf(2)
  const fenced = await Promise.all(
    ['one', 'other'].map(async (group) => {
      const processor = await createWriterProcessor(writerParts(lake), { clusterId, topics })
      const signal = AbortSignal.any([])
      const opening: WriterProcessor = {
        ...processor,
        async open(partition, range) {
          const start = await processor.open(partition, range)
          if (partition.topic === PRICES_TOPIC && partition.partition === 0) await together()
          return start
        },
      }
      await log.run({ group, topics: TOPICS, commit: 'offsets', signal, bounded: true }, opening)
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
