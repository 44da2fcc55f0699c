import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { writeCheckpoint } from '#delta/checkpoint'
import { liveTablesOf } from '#lake/tables'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { type ObjectStore, within } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, HOUR_MS } from '#runtime/units'
import type { FlowState } from '#services/web/api'
import { Flow, type LiveFacts } from '#services/web/flow/flow'
import { FLOW_INTERVAL_MS } from '#services/web/flow/limits'
import { RefusedToday } from '#services/web/refused/refused_today'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { snapshotOf } from '#support/lake/lake_tables'
import { patientConfig } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'
import { NOON_CLOCK } from '#support/web/live_stage'

const nothingLive: LiveFacts = { newestEventTime: () => null, newestQuote: () => null, followedCalendars: () => [] }

async function openLog(): Promise<EventLog> {
  const path = join(temporaryFolder(), 'log.sqlite')
  const log = openEmbeddedLog({ path, clock: NOON_CLOCK, logger: silentLogger })
  onTestFinished(() => log.close())
  await log.createTopics(topicSpecs(2))
  return log
}

const TABLES = liveTablesOf([60_000])

/** A flow whose clock is ahead by as much as is told. */
function flowOf(parts: { log: EventLog; lake: ObjectStore; live?: LiveFacts; ahead?: () => number }): Flow {
  const ahead = parts.ahead ?? (() => 0)
  const clock: Clock = { ...NOON_CLOCK, now: () => (NOON_CLOCK.now() + ahead()) as EpochMs }
  const { signal } = new AbortController()
  const refused = new RefusedToday()
  return new Flow({
    live: nothingLive,
    ...parts,
    tables: TABLES,
    refused,
    clock,
    newId: randomUUID,
    signal,
  })
}

async function publishQuotes(log: EventLog, count: number): Promise<void> {
  const timestamp = NOON_CLOCK.now()
  const value = (i: number) => JSON.stringify({ symbol: 'AAPL', price: 100 + i, timestamp: timestamp - i })
  await log.publish(Array.from({ length: count }, (_, i) => ({ topic: PRICES_TOPIC, key: 'AAPL', value: value(i) })))
}

async function writeAll(log: EventLog, store: ObjectStore): Promise<void> {
  const { signal } = new AbortController()
  const parts = { store, config: patientConfig, decoder: defaultDecoder, clock: NOON_CLOCK, random: () => 0.5 }
  await runWriter({ ...parts, newId: randomUUID, log, signal, bounded: true })
}

const reader = (state: FlowState, name: string) => state.readers.find((each) => each.name === name)
const table = (state: FlowState, name: string) => state.tables.find((each) => each.name === name)
const topic = (state: FlowState, name: string) => state.topics.find((each) => each.topic === name)

test('a platform that has nothing yet is empty, and nothing is wrong', async () => {
  const state = await flowOf({ log: await openLog(), lake: openMemoryStore() }).state()
  expect(state).toMatchObject({ freshness: 'empty', newestEventTime: null, source: null, trouble: null })
  expect(state.topics.map(({ records, freshness }) => [records, freshness])).toEqual(Array(5).fill([0, 'empty']))
  expect(state.tables.map(({ version, freshness }) => [version, freshness])).toEqual(Array(5).fill([null, 'empty']))
  expect(state.readers.map(({ lagRecords, lagSeconds }) => [lagRecords, lagSeconds])).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test('a table is told by its log: rows, files, the newest event', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 10)
  await writeAll(log, lake)
  const state = await flowOf({ log, lake }).state()
  const snapshot = await snapshotOf(lake, 'stocks')
  const [file] = [...snapshot.files.values()]
  expect(table(state, 'stocks')).toMatchObject({
    version: snapshot.version,
    lastCommit: snapshot.timestamp,
    rows: 10,
    files: 1,
    bytes: file?.size,
    medianFileBytes: file?.size,
    // As the writer's metric counts: from the commit that made the table.
    commitsSinceCheckpoint: snapshot.version,
    freshness: 'fresh',
  })
  expect(state.freshness).toBe('fresh')
  expect(state.newestEventTime).toBe(table(state, 'stocks')?.newestEventTime)
  expect(Math.abs((state.newestEventTime ?? 0) - NOON_CLOCK.now())).toBeLessThan(60_000)
})

test('commits are counted from the last checkpoint on', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await writeAll(log, lake)
  await writeCheckpoint(within(lake, 'stocks'), await snapshotOf(lake, 'stocks'), { clock: NOON_CLOCK })
  await publishQuotes(log, 1)
  await writeAll(log, lake)
  expect(table(await flowOf({ log, lake }).state(), 'stocks')?.commitsSinceCheckpoint).toBe(1)
})

test('a reader that stands still falls behind, in records and in seconds', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 3)
  await writeAll(log, lake)
  let aheadMs = 0
  const flow = flowOf({ log, lake, ahead: () => aheadMs })
  expect(reader(await flow.state(), 'writer')).toEqual({ name: 'writer', lagRecords: 0, lagSeconds: 0 })
  await publishQuotes(log, 4)
  const lags: (number | null | undefined)[] = []
  for (let i = 0; i < 3; i++) {
    aheadMs += FLOW_INTERVAL_MS
    const writer = reader(await flow.state(), 'writer')
    expect(writer?.lagRecords).toBe(4)
    lags.push(writer?.lagSeconds)
  }
  expect(lags).toEqual([...lags].sort((a, b) => Number(a) - Number(b)))
  expect(lags.at(-1)).toBeGreaterThan(3)
})

test('the wait of records that came before anybody looked is read from the log', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 5)
  let aheadMs = HOUR_MS
  const flow = flowOf({ log, lake, ahead: () => aheadMs })
  expect(reader(await flow.state(), 'stream')).toMatchObject({ lagRecords: 5, lagSeconds: null })
  await expect
    .poll(async () => {
      aheadMs += FLOW_INTERVAL_MS
      return reader(await flow.state(), 'stream')?.lagSeconds
    })
    .toBeGreaterThanOrEqual(HOUR_MS / 1000)
})

test('a topic grows at a rate', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  let aheadMs = 0
  const flow = flowOf({ log, lake, ahead: () => aheadMs })
  await flow.state()
  await publishQuotes(log, 20)
  aheadMs += FLOW_INTERVAL_MS
  const prices = topic(await flow.state(), PRICES_TOPIC)
  expect(prices?.records).toBe(20)
  expect(prices?.recordsPerSecond).toBeGreaterThan(0)
  expect(prices?.recordsPerSecond).toBeLessThanOrEqual(10)
})

test('what the tail has seen is newer than the tables', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 1)
  await writeAll(log, lake)
  const newest = (NOON_CLOCK.now() + 5) as EpochMs
  const live: LiveFacts = {
    ...nothingLive,
    newestEventTime: (name) => (name === PRICES_TOPIC ? newest : null),
    newestQuote: () => ({ source: 'simulator', marketState: 'REGULAR' }),
  }
  const state = await flowOf({ log, lake, live }).state()
  expect(state).toMatchObject({ newestEventTime: newest, source: 'simulator', freshness: 'fresh' })
})

test('old quotes of a closed market are not stale', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 1)
  await writeAll(log, lake)
  const live = { ...nothingLive, newestQuote: () => ({ source: 'yahoo', marketState: 'CLOSED' }) }
  const late = await flowOf({ log, lake, live, ahead: () => 10 * HOUR_MS }).state()
  expect([late.freshness, table(late, 'stocks')?.freshness]).toEqual(['closed', 'closed'])
  const open = await flowOf({ log, lake, ahead: () => 10 * HOUR_MS }).state()
  expect([open.freshness, table(open, 'stocks')?.freshness]).toEqual(['stale', 'stale'])
  // A market that never closes is open, whatever its quotes say.
  const followed = { ...live, followedCalendars: () => [openCalendars({}).named('24/7') as Calendar] }
  const never = await flowOf({ log, lake, live: followed, ahead: () => 10 * HOUR_MS }).state()
  expect([never.freshness, table(never, 'stocks')?.freshness]).toEqual(['stale', 'stale'])
})

test('a log that does not answer is said, and the tables are told all the same', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 2)
  await writeAll(log, lake)
  const flow = flowOf({ log, lake })
  await log.close()
  const state = await flow.state()
  expect(state.trouble).toMatch(/^The log does not answer: .+\.$/)
  expect(state.freshness).toBe('unavailable')
  expect(topic(state, DEAD_LETTERS_TOPIC)).toMatchObject({ records: null, freshness: 'unavailable' })
  expect(reader(state, 'stream')).toEqual({ name: 'stream', lagRecords: null, lagSeconds: null })
  expect(table(state, 'stocks')).toMatchObject({ rows: 2, freshness: 'fresh' })
})

test('a table that does not answer is said, and comes back', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  await publishQuotes(log, 2)
  await writeAll(log, lake)
  let [isDown, aheadMs] = [true, 0]
  const failing: ObjectStore = {
    ...lake,
    async *list(prefix, startAfter) {
      if (isDown && prefix.startsWith('stocks')) throw new Error('the store is on fire')
      yield* lake.list(prefix, startAfter)
    },
  }
  const flow = flowOf({ log, lake: failing, ahead: () => aheadMs })
  const state = await flow.state()
  expect(state.trouble).toBe('The table stocks cannot be read: the store is on fire.')
  expect(table(state, 'stocks')).toMatchObject({ version: null, rows: null, freshness: 'unavailable' })
  expect(table(state, 'alerts')?.freshness).not.toBe('unavailable')
  expect(reader(state, 'writer')?.lagRecords).toBe(null)
  isDown = false
  aheadMs += FLOW_INTERVAL_MS
  const back = await flow.state()
  expect([back.trouble, table(back, 'stocks')?.rows]).toEqual([null, 2])
})

test('many who ask at once get one answer', async () => {
  const [log, lake] = [await openLog(), openMemoryStore()]
  let lists = 0
  const counting: ObjectStore = {
    ...lake,
    list(prefix, startAfter) {
      lists++
      return lake.list(prefix, startAfter)
    },
  }
  const flow = flowOf({ log, lake: counting })
  const states = await Promise.all(Array.from({ length: 50 }, () => flow.state()))
  expect(new Set(states).size).toBe(1)
  expect(lists).toBeLessThanOrEqual(2 * TABLES.length)
})
