// What the tables hold, and what comes after it in the topics, are together what came in: wherever the tables stand.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { HistoryTables } from '#services/web/history/history_tables'
import { refusedSeed, withRefusedSeed } from '#services/web/refused/refused_seed'
import { dayOf, RefusedToday } from '#services/web/refused/refused_today'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { appendRows, createLake } from '#support/lake/sql_lake'
import { patientConfig } from '#support/lake/writer'
import { recordsOf } from '#support/log/topic_records'
import { temporaryFolder } from '#support/temporary_folder'
import { NO_SEEDS } from '#support/web/live_stage'

const NOON = Date.UTC(2026, 10, 21, 12) as EpochMs
const { signal } = new AbortController()

/** A clock that goes on by itself, from noon. */
const clock = {
  ...virtualClock(NOON),
  now: () => (NOON + Math.trunc(performance.now())) as EpochMs,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}

interface Stage {
  readonly log: EventLog
  readonly lake: ObjectStore
  readonly tables: HistoryTables
}

async function newStage(givenLake?: ObjectStore): Promise<Stage> {
  const folder = temporaryFolder()
  const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock, logger: silentLogger })
  await log.createTopics(topicSpecs(2))
  const lake = givenLake ?? openFilesystemStore({ root: join(folder, 'lake') })
  const cache = { folder: join(folder, 'cache'), bytesMax: 2 ** 20, clock, newId: randomUUID }
  const tables = new HistoryTables({ lake, barIntervalMs: MINUTE_MS, cache, clock })
  onTestFinished(async () => {
    await tables.close()
    await log.close()
  })
  return { log, lake, tables }
}

/** Late quotes and records that are refused for several reasons. */
async function sendRefused({ log }: Stage, count: number): Promise<void> {
  const quote = (timestamp: number, symbol = 'AAPL') => JSON.stringify({ symbol, price: 5, timestamp })
  const values = Array.from({ length: count }, (_, i) => {
    return [quote(NOON), quote(NOON - HOUR_MS - i), `<b>${i}{`, quote(NOON, '<i>'), Buffer.from([0xff, i])]
  })
  await log.publish(values.flat().map((value) => ({ topic: PRICES_TOPIC, key: 'AAPL', value })))
  const stream = { config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, clock, logger: silentLogger, sinks: [] }
  await runStream({ ...stream, log, signal, checkpoints: openMemoryStore(), bounded: true })
}

async function write({ log, lake }: Stage): Promise<void> {
  const parts = { config: patientConfig, decoder: defaultDecoder, clock, random: () => 0.5, newId: randomUUID }
  await runWriter({ ...parts, store: lake, log, signal, bounded: true })
}

async function readOn(refused: RefusedToday, log: EventLog): Promise<void> {
  for (const topic of [LATE_TOPIC, DEAD_LETTERS_TOPIC]) {
    for (const [partition, records] of await recordsOf(log, topic)) {
      const from = refused.startOf({ topic, partition })
      for (const record of records) if (record.offset >= from) refused.take({ topic, partition }, record)
    }
  }
}

const told = (refused: RefusedToday) => [refused.lateQuotes(NOON), refused.deadLetters(NOON)]

test('the tables and the topics beyond them tell what the topics alone tell', async () => {
  const stage = await newStage()
  await sendRefused(stage, 3)
  await write(stage)
  await sendRefused(stage, 2)
  const seed = await refusedSeed({ ...stage, clock }, dayOf(NOON), signal)
  expect(seed.lateQuotes.count).toBe(3)
  expect(seed.deadLetters.map(({ reason, count }) => [reason, count]).sort()).toEqual([
    ['invalid_symbol', 3],
    ['not_json', 3],
    ['not_utf8', 3],
  ])
  const [seeded, alone] = [new RefusedToday(), new RefusedToday()]
  seeded.seed(seed)
  await readOn(seeded, stage.log)
  await readOn(alone, stage.log)
  expect(told(seeded)).toEqual(told(alone))
  expect(seeded.deadLetters(NOON).count).toBe(15)
  // The example of the table is what the topic's is.
  const tableAlone = new RefusedToday()
  tableAlone.seed({ ...seed, next: new Map() })
  expect(tableAlone.deadLetters(NOON).reasons.find(({ reason }) => reason === 'not_utf8')?.example.value).toBe(
    '\\xff\\x02',
  )
})

test('files without rows of today are not read', async () => {
  const store = openMemoryStore()
  const fetched: string[] = []
  const get = (key: string) => {
    if (key.endsWith('.parquet')) fetched.push(key)
    return store.get(key)
  }
  const stage = await newStage({ ...store, get })
  await sendRefused(stage, 2)
  await write(stage)
  const tomorrow = (dayOf(NOON) + 24 * HOUR_MS) as EpochMs
  expect((await refusedSeed({ ...stage, clock }, tomorrow, signal)).lateQuotes.count).toBe(0)
  expect(fetched).toEqual([])
  expect((await refusedSeed({ ...stage, clock }, dayOf(NOON), signal)).lateQuotes.count).toBe(2)
  expect(fetched.length).toBeGreaterThan(0)
})

test('letters that are small as files and large as rows take no more memory than one of them', async () => {
  const folder = temporaryFolder()
  await createLake(folder)
  const [files, lettersAFile] = [8, 500]
  for (let file = 0; file < files; file++) {
    await appendRows(
      folder,
      'dead_letters',
      `SELECT 'not_json' AS reason, 'no JSON' AS detail, '${PRICES_TOPIC}' AS origin_topic, 0 AS origin_partition,
        i AS origin_offset, to_timestamp(${NOON / 1000}) AS ingest_time, (repeat('a', 60000) || i)::BLOB AS value,
        i AS source_offset, DATE '2026-11-21' AS date FROM range(${lettersAFile}) r(i)`,
    )
  }
  const stage = await newStage(openFilesystemStore({ root: folder }))
  const seed = await refusedSeed({ ...stage, clock }, dayOf(NOON), signal)
  expect(seed.deadLetters.map(({ count }) => count)).toEqual([files * lettersAFile])
})

test('before there are tables nothing is seeded, and of another day nothing counts', async () => {
  const stage = await newStage()
  const empty = await refusedSeed({ ...stage, clock }, dayOf(NOON), signal)
  expect(empty).toEqual({ day: dayOf(NOON), lateQuotes: { count: 0, example: null }, deadLetters: [], next: new Map() })
  await sendRefused(stage, 1)
  await write(stage)
  const later = await refusedSeed({ ...stage, clock }, (dayOf(NOON) + 24 * HOUR_MS) as EpochMs, signal)
  expect([later.lateQuotes.count, later.deadLetters]).toEqual([0, []])
  expect(later.next.size).toBe(4)
})

test('tables that do not answer are no trouble, and a seed that is late counts nothing twice', async () => {
  const stage = await newStage()
  await sendRefused(stage, 1)
  const failing = { read: () => Promise.reject(new Error('no')) }
  const history = { seeds: async () => NO_SEEDS }
  const refused = new RefusedToday()
  const parts = { ...stage, clock, logger: silentLogger }
  expect(await withRefusedSeed(history, refused, { ...parts, tables: failing }).seeds(dayOf(NOON), signal)).toBe(
    NO_SEEDS,
  )
  await readOn(refused, stage.log)
  await write(stage)
  await withRefusedSeed(history, refused, parts).seeds(dayOf(NOON), signal)
  expect([refused.lateQuotes(NOON).count, refused.deadLetters(NOON).count]).toEqual([1, 3])
})
