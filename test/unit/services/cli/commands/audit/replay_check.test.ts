// `tickerlake replay-check`: equal on what the stream emitted, from the log and from the tables; and every tampering,
// and what a changed rule does, is listed.

import { randomUUID } from 'node:crypto'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, LogRecord, NewRecord } from '#log/event_log'
import { REPLAYED_HEADERS } from '#market/headers'
import { ALERTS_TOPIC, BARS_TOPIC, DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import type { Command } from '#services/cli/command'
import { replayCheckCommand } from '#services/cli/commands/audit/replay_check'
import { redriveCommand } from '#services/cli/commands/services/redrive'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { runWriter } from '#services/writer/writer'
import { runCommand } from '#support/command_context'
import { defaultDecoder } from '#support/decoder'
import { closedByIdleness } from '#support/idle_bars'
import { appendRows, createTestTable } from '#support/lake/sql_lake'
import { batchOfRecords } from '#support/log/log_batches'
import { recordsOf } from '#support/log/topic_records'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

const QUOTES = 1_500
const PARTITIONS = 2
const SYMBOLS = 7
/** Quiet partitions are closed by the clock within a test's patience. */
const IDLE_CLOSE_MS = 400
const settings = { IDLE_CLOSE_MS: String(IDLE_CLOSE_MS) }
const config = { ...DEFAULT_STREAM_CONFIG, idleCloseMs: IDLE_CLOSE_MS }
const checkpoints = openMemoryStore()
let original: string

/**
 * A pipeline's folder, at rest: the stream ran three times, to the end of what there was and once more over a silence.
 * There are late quotes, broken ones, some without a key, day volumes, ids, price moves, and redriven dead letters.
 */
beforeAll(async () => {
  original = newFolder()
  const log = openTestLog(original)
  await log.createTopics(topicSpecs(PARTITIONS))
  await log.publish(quotes(0))
  await stream(log, { bounded: true })
  await log.publish(quotes(QUOTES))
  const silence = new AbortController()
  const running = stream(log, { signal: silence.signal })
  await closedByIdleness(log, { symbols: SYMBOLS, windows: 1 })
  await log.publish(quotes(2 * QUOTES))
  await closedByIdleness(log, { symbols: SYMBOLS, windows: 2 })
  silence.abort()
  await running
  const values = { reason: ['invalid_price'], limit: '5', publish: true }
  await runCommand(redriveCommand, { env: {}, newId: randomUUID, openLog: async () => openTestLog(original), values })
  await stream(log, { bounded: true })
  await write(original, log)
  await log.close()
})

afterAll(() => removeFolder(original))

function quotes(from: number): NewRecord[] {
  const now = systemClock.now()
  return Array.from({ length: QUOTES }, (_, i) => {
    const n = from + i
    const symbol = `S${n % SYMBOLS}`
    const late = n % 97 === 96 ? 3_600_000 : n % 31 === 30 ? 90_000 : 0
    const price = n % 50 === 49 ? -1 : Math.round(10_000 + 500 * Math.sin(n / 60)) / 100
    const ids = n % 11 === 0 ? { id: `id-${n % 88}` } : {}
    const volume = n % 3 === 0 ? { dayVolume: n * 10 } : {}
    const value = { symbol, price, timestamp: now - 600_000 + n * 100 - late, ...ids, ...volume, venue: 'x' }
    // S6 has no key: its quotes are re-keyed.
    return { topic: PRICES_TOPIC, key: symbol === 'S6' ? null : symbol, value: JSON.stringify(value) }
  })
}

function openTestLog(folder: string): EventLog {
  return openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
}

async function stream(log: EventLog, how: { signal?: AbortSignal; bounded?: boolean }): Promise<void> {
  const parts = {
    clock: systemClock,
    logger: silentLogger,
    signal: new AbortController().signal,
    checkpoints,
    sinks: [],
  }
  await runStream({ ...parts, ...how, log, config, rules: DEFAULT_ALERT_RULES })
}

async function write(folder: string, log: EventLog): Promise<void> {
  const limits = { flushIntervalMs: 50, flushRows: 1_000, flushBytes: 2 ** 20 }
  const parts = { clock: systemClock, logger: silentLogger, log, signal: new AbortController().signal, bounded: true }
  const store = openFilesystemStore({ root: join(folder, 'lake') })
  const made = { config: limits, decoder: defaultDecoder, random: () => 0.5, newId: randomUUID }
  await runWriter({ ...parts, ...made, store })
}

function copied(): string {
  const folder = temporaryFolder()
  cpSync(original, folder, { recursive: true })
  return folder
}

interface Report {
  readonly recordsCompared: number
  readonly counts: Readonly<Record<string, Record<string, number>>>
  readonly notComparable: Readonly<Record<string, number>>
  readonly differences: readonly {
    kind: string
    what: string
    partition: number
    output: Record<string, unknown>
    fields?: Record<string, unknown>
  }[]
  readonly differencesBy: readonly Record<string, string | number | null>[]
  readonly hints: readonly string[]
  readonly failed: boolean
}

type Values = Readonly<Record<string, string | boolean>>

async function run(
  folder: string,
  values: Values,
  env: Env = {},
  change: (log: EventLog) => EventLog = (log) => log,
): Promise<{ stdout: string; error: unknown }> {
  let error: unknown
  const command: Command = {
    ...replayCheckCommand,
    run: async (context, args) => {
      error = await replayCheckCommand.run(context, args).catch((caught: unknown) => caught)
    },
  }
  const openLog = async () => change(openTestLog(folder))
  const call = { env: { LAKE_URL: join(folder, 'lake'), ...settings, ...env }, newId: randomUUID, openLog, values }
  const { stdout } = await runCommand(command, call)
  if (error !== undefined && (error as { code?: string }).code !== 'REPLAY_DIFFERS') throw error
  return { stdout, error }
}

async function check(folder: string, values: Values = {}, env: Env = {}): Promise<Report> {
  const { stdout, error } = await run(folder, { ...values, json: true }, env)
  return { ...(JSON.parse(stdout) as Report), failed: error !== undefined }
}

/** The log of a copy, open for tampering. */
async function tampered(change: (log: EventLog) => Promise<void>): Promise<string> {
  const folder = copied()
  const log = openTestLog(folder)
  await change(log)
  await log.close()
  return folder
}

async function firstOf(log: EventLog, topic: string): Promise<{ partition: number; value: Record<string, unknown> }> {
  for (const [partition, [record]] of await recordsOf(log, topic)) {
    return { partition, value: JSON.parse(new TextDecoder().decode(record?.value ?? undefined)) }
  }
  throw new Error(`nothing is in ${topic}`)
}

/** A log with one of its methods replaced. */
function replaced<Name extends keyof EventLog>(inner: EventLog, method: Name, by: EventLog[Name]): EventLog {
  return new Proxy(inner, {
    get(target, name) {
      const member = name === method ? by : Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** A log whose first bar of each partition was tampered with. */
function withTamperedBars(inner: EventLog): EventLog {
  const tamper = (record: LogRecord): LogRecord => {
    if (record.offset !== 0) return record
    const bar = JSON.parse(new TextDecoder().decode(record.value ?? undefined))
    return { ...record, value: Buffer.from(JSON.stringify({ ...bar, close: 1, processingTime: 1 })) }
  }
  const run: EventLog['run'] = (options, processor) =>
    inner.run(options, {
      ...processor,
      open: (at, start) => processor.open(at, start),
      close: (at) => processor.close(at),
      process: (batch) =>
        processor.process(batch.topic === BARS_TOPIC ? batchOfRecords(batch.records.map(tamper), batch) : batch),
    })
  return replaced(inner, 'run', run)
}

test('the log: a replay gives what was emitted, all of it', async () => {
  const report = await check(original)
  expect(report.differences).toEqual([])
  expect(report.failed).toBe(false)
  for (const kind of ['bars', 'alerts', 'late quotes', 'dead letters']) {
    expect(report.counts[kind]).toMatchObject({ missing: 0, extra: 0, different: 0, notComparable: 0 })
    expect(report.counts[kind]?.equal).toBeGreaterThan(5)
  }
  expect(report.hints).toEqual([])
})

test('the tables: the same, but for what they cannot know', async () => {
  const report = await check(original, { from: 'table' })
  expect(report.differences).toEqual([])
  expect(report.notComparable).toMatchObject({ before_start: 0 })
  expect(report.notComparable.rekeyed).toBeGreaterThan(0)
  for (const kind of ['bars', 'alerts', 'late quotes']) expect(report.counts[kind]?.equal).toBeGreaterThan(5)
  const { stdout } = await run(original, { from: 'table' })
  expect(stdout).toMatch(/not comparable: they are of symbols whose quotes had no key/)
})

test('history that the replay source sent alerts in the replay as it did, from log and tables alike', async () => {
  const folder = temporaryFolder()
  const log = openTestLog(folder)
  await log.createTopics(topicSpecs(1))
  const lastYear = Array.from({ length: 600 }, (_, n) => {
    const value = { symbol: 'A', price: 100 + 6 * Math.sin(n / 60), timestamp: Date.UTC(2025, 10, 18, 15) + n * 1_000 }
    return { topic: PRICES_TOPIC, key: 'A', value: JSON.stringify(value), headers: REPLAYED_HEADERS }
  })
  await log.publish(lastYear)
  await stream(log, { bounded: true })
  await write(folder, log)
  await log.close()
  for (const from of ['log', 'table']) {
    const { differences, counts } = await check(folder, { from })
    expect([from, differences, counts.alerts?.missing, counts.alerts?.extra]).toEqual([from, [], 0, 0])
    expect(counts.alerts?.equal).toBeGreaterThan(2)
  }
})

test('a table from before quotes were marked as replayed is read as it is', async () => {
  const folder = temporaryFolder()
  const lake = join(folder, 'lake')
  const [stocks] = TABLES as [TableSpec]
  const fields = schemaOf(stocks).fields.filter(({ name }) => name !== 'replayed')
  await createTestTable(lake, { name: 'stocks', schema: { type: 'struct', fields } })
  const time = "TIMESTAMPTZ '2025-11-18 15:00:00Z'"
  const row = `SELECT 'A' AS symbol, 1 AS price, ${time} AS event_time, ${time} AS ingest_time,
    ${time} AS processing_time, 'stock-prices' AS source_topic, 0 AS source_partition, 0 AS source_offset,
    DATE '2025-11-18' AS date`
  await appendRows(lake, 'stocks', row)
  expect(await check(folder, { from: 'table' })).toMatchObject({ recordsCompared: 1, failed: false })
})

test('a changed rules file lists the alerts that come and go', async () => {
  const folder = temporaryFolder()
  const rules = {
    rules: [
      { name: 'move', kind: 'move', percent: 1 },
      { name: 'tiny', kind: 'gap', percent: 1 },
    ],
  }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  for (const from of ['log', 'table']) {
    const report = await check(original, { from, show: '1000' }, { ALERT_RULES: join(folder, 'rules.json') })
    expect(report.failed).toBe(true)
    expect(new Set(report.differences.map(({ kind }) => kind))).toEqual(new Set(['alerts']))
    expect(report.counts.alerts?.extra).toBeGreaterThan(0)
    expect(report.counts.bars?.equal).toBeGreaterThan(0)
    const { missing, extra, different } = report.counts.alerts as Record<string, number>
    const sums = ['missing', 'extra', 'different'].map((what) =>
      report.differencesBy.reduce((sum, group) => sum + Number(group[what]), 0),
    )
    expect(sums).toEqual([missing, extra, different])
    expect(report.differencesBy.map(({ kind, rule }) => [kind, rule])).toContainEqual(['alerts', 'move'])
  }
  const { stdout } = await run(original, {}, { ALERT_RULES: join(folder, 'rules.json') })
  expect(stdout).toMatch(/alerts, partition \d, S\d \S+Z move (up|down) level \d \(-?\d\.\d\d %\): extra/)
  expect(stdout).toMatch(/^Differences by rule, symbol and day \(UTC\), most first:$/m)
  expect(stdout).toMatch(/^ alerts \| move \| S\d +\| \d{4}-\d\d-\d\d \| +\d+ \| +\d+ \| +0$/m)
  expect(stdout).toMatch(/^and \d+ more differences; --show N lists N of each kind, --json all$/m)
  expect(stdout).toMatch(/hint: the replay went by the settings/)
})

test("a BAR_INTERVAL_MS that is not the stream's is told, since there are no such bars", async () => {
  const env = { BAR_INTERVAL_MS: '30000' }
  const inLog = { code: 'LOG_TOPIC_MISSING', message: expect.stringContaining('no topic stock-bars-30s; set BAR_INT') }
  await expect(check(original, {}, env)).rejects.toMatchObject(inLog)
  const inLake = {
    code: 'TABLE_NOT_FOUND',
    message: expect.stringMatching(/no table bars_30s in .* there is bars_1m: /),
  }
  await expect(check(original, { from: 'table' }, env)).rejects.toMatchObject(inLake)
})

test('an emitted output that no replay gives is missing', async () => {
  for (const topic of [BARS_TOPIC, ALERTS_TOPIC, LATE_TOPIC, DEAD_LETTERS_TOPIC]) {
    const folder = await tampered(async (log) => {
      const { partition, value } = await firstOf(log, topic)
      const late = value.late as Record<string, unknown>
      const forged = { ...value, revision: 77, id: 'forged', offset: 1e9, late: late && { ...late, originOffset: 0 } }
      await log.publish([{ topic, partition, key: null, value: JSON.stringify(forged) }])
    })
    const { differences } = await check(folder)
    const expected = topic === DEAD_LETTERS_TOPIC ? 'dead letters' : expect.any(String)
    expect(differences).toMatchObject([{ what: 'missing', kind: expected }])
  }
})

test('a bar that was tampered with is named with the values that differ', async () => {
  const { stdout } = await run(original, { json: true }, {}, withTamperedBars)
  const { differences } = JSON.parse(stdout) as Report
  expect(differences).toHaveLength(PARTITIONS)
  for (const { kind, what, fields } of differences) {
    expect([kind, what, fields]).toEqual(['bars', 'different', { close: [1, expect.any(Number)] }])
  }
  const text = await run(original, {}, {}, withTamperedBars)
  expect(text.stdout).toMatch(/^bars, partition 0, S\d \S+Z revision 0: different: close 1 -> \d+\.?\d*$/m)
  expect(text.error).toMatchObject({ code: 'REPLAY_DIFFERS', message: '2 differences' })
})

test('a forged bar among the true ones is found in the tables, too', async () => {
  const folder = temporaryFolder()
  const log = openTestLog(folder)
  await log.createTopics(topicSpecs(1))
  await log.publish(quotes(0))
  await stream(log, { bounded: true })
  const { partition, value } = await firstOf(log, BARS_TOPIC)
  const forged = JSON.stringify({ ...value, revision: 77, closedBy: 'watermark' })
  await log.publish([{ topic: BARS_TOPIC, partition, key: null, value: forged }])
  await log.publish(quotes(QUOTES))
  await stream(log, { bounded: true })
  await write(folder, log)
  await log.close()
  const { differences } = await check(folder, { from: 'table' })
  expect(differences).toMatchObject([{ kind: 'bars', what: 'missing', output: { revision: 77 } }])
})

test('a record that is no output of ours is counted, and a mark of a redrive is none', async () => {
  const folder = await tampered((log) =>
    log.publish([{ topic: BARS_TOPIC, partition: 0, key: null, value: 'nothing of ours' }]),
  )
  expect(await check(folder)).toMatchObject({ unreadable: 1, failed: false })
})

test('partitions that cannot be compared are named', async () => {
  const recreated = (log: EventLog) =>
    replaced(log, 'describeTopics', async (topics) =>
      topics.map((topic) => ({ topic, id: 'another', partitions: PARTITIONS })),
    )
  const { stdout, error } = await run(original, {}, {}, recreated)
  expect(error).toBeUndefined()
  expect(stdout).toMatch(/0 records of 0 partitions replayed/)
  expect(stdout).toMatch(/stock-prices\/1: it was deleted and created again since the stream read it; not compared/)
  const unread = await run(original, {}, {}, (log) => replaced(log, 'committed', async () => new Map()))
  expect(unread.stdout).toMatch(/stock-prices\/0: the stream has committed nothing yet; not compared/)
})

test('a stretch compares the outputs of its records only', async () => {
  const whole = await check(original)
  const parts = await Promise.all(
    ['..700', '700..1400', '1400..'].map((offsets) => check(original, { partition: '0', offsets })),
  )
  const all = await check(original, { partition: '0' })
  for (const { failed } of parts) expect(failed).toBe(false)
  for (const kind of Object.keys(all.counts)) {
    expect(parts.reduce((sum, { counts }) => sum + (counts[kind]?.equal ?? 0), 0)).toBe(all.counts[kind]?.equal)
  }
  expect(all.recordsCompared).toBeLessThan(whole.recordsCompared)
  const later = await check(original, { since: new Date(systemClock.now() + 60_000).toISOString() })
  expect(later).toMatchObject({ recordsCompared: 0, failed: false })
  expect(later.counts.bars?.equal).toBe(0)
})

test('a replay that begins in the middle leaves out what depends on what was before', async () => {
  const report = await check(original, { partition: '0', offsets: '700..', 'warm-up': '0' })
  expect(report.differences).toEqual([])
  expect(report.notComparable.before_start).toBeGreaterThan(0)
})

test.each([
  [{ from: 'nowhere' }, /log or table/],
  [{ offsets: '1..5' }, /name --partition/],
  [{ partition: '0', offsets: '5..1' }, /empty/],
  [{ partition: '0', offsets: 'x' }, /A\.\.B/],
  [{ partition: '9' }, /no partition 9/],
  [{ partition: '9', from: 'table' }, /no quote of partition 9/],
  [{ since: 'yesterday' }, /a time with a zone/],
  [{ 'warm-up': '5' }, /goes with --offsets/],
  [{ show: '-1' }, /--show takes a number/],
])('refuses %j', async (values, message) => {
  await expect(check(original, values)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(message),
  })
})

test('says that it was stopped', async () => {
  const openLog = async () => openTestLog(original)
  const call = { env: settings, openLog, values: {}, signal: AbortSignal.abort() }
  await expect(runCommand(replayCheckCommand, call)).rejects.toMatchObject({ code: 'STOPPED' })
})
