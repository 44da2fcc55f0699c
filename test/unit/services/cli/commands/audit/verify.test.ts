// `tickerlake verify`: green on what the pipeline wrote, and red on every single damage that is done to it here.

import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import type { Action, AddFile } from '#delta/log/actions'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { ORIGIN_HEADER } from '#market/headers'
import {
  CORPORATE_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  HISTORY_BARS_TOPIC,
  HISTORY_DAYS_TOPIC,
  PRICES_TOPIC,
  topicSpecs,
} from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import { within } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { tableVersion } from '#runtime/units'
import type { Command } from '#services/cli/command'
import { verifyCommand } from '#services/cli/commands/audit/verify'
import { compactCommand } from '#services/cli/commands/tables/compact'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { runWriter } from '#services/writer/writer'
import { runCommand } from '#support/command_context'
import { defaultDecoder } from '#support/decoder'
import { historyBar, historyDay, split } from '#support/lake/history_records'
import { snapshotOf } from '#support/lake/lake_tables'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

/** All quotes are of one date that is over, whenever the test runs: how many files there are goes by dates. */
const NOON = Date.UTC(2024, 9, 4, 12)
const QUOTES = 600
const HISTORY = [
  [HISTORY_BARS_TOPIC, historyBar()],
  [HISTORY_BARS_TOPIC, historyBar({ grain: '1d', volume: 100 })],
  [HISTORY_DAYS_TOPIC, historyDay()],
  [CORPORATE_ACTIONS_TOPIC, split()],
] as const
const PARTITIONS = 2
let original: string

/** A pipeline's folder: log and lake, at rest. Some quotes have no key, some are broken, some very late. */
beforeAll(async () => {
  original = newFolder()
  const log = openTestLog(original)
  await log.createTopics(topicSpecs(PARTITIONS))
  await log.publish(records(0))
  await runPipeline(original, log)
  await log.publish(records(QUOTES))
  await log.publish([{ topic: DEAD_LETTERS_TOPIC, partition: 0, key: null, value: 'nothing of ours' }])
  await log.publish(HISTORY.map(([topic, value]) => ({ topic, key: 'AAPL', value: JSON.stringify(value) })))
  await runPipeline(original, log)
  await log.close()
})

afterAll(() => removeFolder(original))

function records(from: number) {
  return Array.from({ length: QUOTES }, (_, i) => {
    const n = from + i
    const symbol = `S${n % 7}`
    const late = n % 97 === 96 ? 3_600_000 : 0
    const value = JSON.stringify({
      symbol,
      price: n % 50 === 49 ? -1 : 1 + n,
      timestamp: NOON + n * 50 - late,
    })
    return { topic: PRICES_TOPIC, key: n % 10 === 3 ? null : symbol, value }
  })
}

function openTestLog(folder: string): EventLog {
  return openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
}

async function runPipeline(folder: string, log: EventLog): Promise<void> {
  const parts = { clock: systemClock, logger: silentLogger, log, signal: new AbortController().signal, bounded: true }
  await runStream({ ...parts, config: DEFAULT_STREAM_CONFIG, rules: [], checkpoints: openMemoryStore(), sinks: [] })
  await runLakeWriter(folder, log)
}

async function runLakeWriter(folder: string, log: EventLog): Promise<void> {
  const config = { flushIntervalMs: 50, flushRows: 200, flushBytes: 2 ** 20 }
  const parts = { clock: systemClock, logger: silentLogger, log, signal: new AbortController().signal, bounded: true }
  const made = { config, decoder: defaultDecoder, random: () => 0.5, newId: randomUUID }
  await runWriter({ ...parts, ...made, store: lakeIn(folder) })
}

function lakeIn(folder: string) {
  return openFilesystemStore({ root: join(folder, 'lake') })
}

/** A copy of the pipeline's folder, to be damaged. */
function copied(): string {
  const folder = temporaryFolder()
  cpSync(original, folder, { recursive: true })
  return folder
}

interface Report {
  readonly tables: readonly { table: string; findingCount: number; findings: string[]; notes: string[]; rows: number }[]
  readonly topics?: readonly { topic: string; records: number; copies: number; underway: number; unreadable: number }[]
}

async function verify(folder: string, options: { log?: boolean } = {}): Promise<Report & { failed: boolean }> {
  let failed = false
  const command: Command = {
    ...verifyCommand,
    async run(context, args) {
      const error = await verifyCommand.run(context, args).catch((caught: unknown) => caught)
      failed = error !== undefined
      if (failed) expect(error).toMatchObject({ code: 'VERIFY_FAILED' })
    },
  }
  const call = { env: { LAKE_URL: join(folder, 'lake') }, openLog: async () => openTestLog(folder) }
  const { stdout } = await runCommand(command, { ...call, values: { json: true, log: options.log ?? false } })
  return { ...(JSON.parse(stdout) as Report), failed }
}

async function findingsOf(folder: string, options: { log?: boolean } = {}): Promise<readonly string[]> {
  const report = await verify(folder, options)
  const findings = report.tables.flatMap((table) => table.findings)
  expect(report.failed).toBe(findings.length > 0)
  return findings
}

/** Puts a commit of these actions on top of the table's log, as no honest writer would. */
async function plant(folder: string, table: string, actions: readonly Action[]): Promise<void> {
  const { version } = await snapshotOf(lakeIn(folder), table)
  const commitInfo = { operation: 'TEST', timestamp: systemClock.now() }
  const bytes = encodeLogEntry([{ commitInfo }, ...actions])
  expect(await lakeIn(folder).putIfAbsent(`${table}/${commitKey(tableVersion(version + 1))}`, bytes)).toBe('created')
}

async function filesOf(folder: string, table = 'stocks'): Promise<readonly AddFile[]> {
  return [...(await snapshotOf(lakeIn(folder), table)).files.values()]
}

async function firstFile(folder: string, table = 'stocks'): Promise<AddFile> {
  return (await filesOf(folder, table))[0] as AddFile
}

test('finds nothing wrong with what the pipeline wrote, and reads every record of every topic', async () => {
  const { failed, tables, topics } = await verify(copied(), { log: true })
  expect(tables.flatMap((table) => [...table.findings, ...table.notes])).toEqual([])
  expect(failed).toBe(false)
  const dead = (2 * QUOTES) / 50
  expect(tables).toMatchObject([
    { table: 'stocks', rows: 2 * QUOTES - dead },
    { table: 'bars_1m' },
    { table: 'alerts' },
    { table: 'late_quotes' },
    { table: 'dead_letters', rows: dead },
    { table: 'history_bars', rows: 2 },
    { table: 'history_days', rows: 1 },
    { table: 'corporate_actions', rows: 1 },
  ])
  const copies = topics?.[0]?.copies ?? 0
  expect(copies).toBeGreaterThan(100)
  expect(topics?.[0]).toMatchObject({ topic: PRICES_TOPIC, records: 2 * QUOTES + copies, underway: 0 })
  expect(topics?.[4]).toMatchObject({ topic: DEAD_LETTERS_TOPIC, records: dead + 1, unreadable: 1 })
  expect(topics?.slice(5).map(({ topic, records: n }) => [topic, n])).toEqual([
    [HISTORY_BARS_TOPIC, 2],
    [HISTORY_DAYS_TOPIC, 1],
    [CORPORATE_ACTIONS_TOPIC, 1],
  ])
})

test('leaves no committed offsets and disturbs no group', async () => {
  const folder = copied()
  await verify(folder, { log: true })
  const log = openTestLog(folder)
  expect(await log.committed('verify-id-1-records', PRICES_TOPIC)).toEqual(new Map())
  const committed = await log.committed('writer', PRICES_TOPIC)
  const ranges = await log.ranges(PRICES_TOPIC)
  expect(ranges.map(({ partition }) => committed.get(partition)?.offset)).toEqual(ranges.map(({ end }) => end))
  await log.close()
})

test('finds rows that stand twice', async () => {
  const folder = copied()
  const file = await firstFile(folder)
  const copy = file.path.replace('part-', 'part-again-')
  const bytes = await lakeIn(folder).get(`stocks/${file.path}`)
  await lakeIn(folder).put(`stocks/${copy}`, bytes as Uint8Array)
  await plant(folder, 'stocks', [{ add: { ...file, path: copy } }])
  const findings = await findingsOf(folder)
  expect(findings.length).toBeGreaterThan(5)
  for (const finding of findings) expect(finding).toMatch(/^stock-prices\/[01]\/\d+ stands 2 times$/)
})

test('finds rows beyond the txn action, and a txn action that went back', async () => {
  const folder = copied()
  const { txns } = await snapshotOf(lakeIn(folder), 'stocks')
  const [txn] = [...txns.values()]
  await plant(folder, 'stocks', [{ txn: { appId: txn?.appId ?? '', version: 5 } }])
  const findings = await findingsOf(folder)
  expect(findings).toHaveLength(2)
  expect(findings[0]).toMatch(/^version \d+ takes the txn of writer:.*:stock-prices:.* back from \d+ to 5$/)
  expect(findings[1]).toMatch(/^stock-prices\/\d: a row of offset \d+, but the txn action says 5$/)
})

test('finds a file that was added before', async () => {
  const folder = copied()
  const file = await firstFile(folder)
  await plant(folder, 'stocks', [{ remove: { path: file.path, dataChange: true } }])
  await plant(folder, 'stocks', [{ add: file }])
  expect(await findingsOf(folder)).toEqual([expect.stringMatching(/^version \d+ adds .*, which was added before$/)])
})

test('finds a file that is missing, and still checks the others', async () => {
  const folder = copied()
  const file = await firstFile(folder)
  rmSync(join(folder, 'lake/stocks', file.path))
  const report = await verify(folder)
  expect(report.failed).toBe(true)
  expect(report.tables[0]?.findings).toEqual([`${file.path} is not in the store`])
  expect(report.tables[0]?.rows).toBeGreaterThan(QUOTES)
})

test('finds a file of another size, of other rows, and one that is no Parquet file', async () => {
  const folder = copied()
  const [first, second, third] = await filesOf(folder)
  if (first === undefined || second === undefined || third === undefined) throw new Error('too few files')
  appendFileSync(join(folder, 'lake/stocks', first.path), 'x')
  await plant(folder, 'stocks', [{ add: { ...second, stats: '{"numRecords":987654}' } }])
  await lakeIn(folder).put(`stocks/${third.path}`, new Uint8Array(Number(third.size)))
  const findings = await findingsOf(folder)
  expect(findings).toContain(`${first.path} has ${Number(first.size) + 1} bytes, but the log says ${first.size}`)
  expect(findings).toContainEqual(expect.stringMatching(`^${second.path} has \\d+ rows, but the log says 987654$`))
  expect(findings).toContainEqual(expect.stringMatching(`^${third.path} is no Parquet file: `))
})

test('finds records of stock-prices that are in no table, only with --log', async () => {
  const folder = copied()
  const file = await firstFile(folder)
  await plant(folder, 'stocks', [{ remove: { path: file.path, dataChange: true } }])
  expect(await findingsOf(folder)).toEqual([])
  const { tables } = await verify(folder, { log: true })
  // Of the missing ones some are told by their copies, and which file was taken away is up to chance.
  const missing = /stock-prices\/[01]\/\d+ stands neither in stocks nor in dead_letters/
  expect(tables[0]?.findings).toContainEqual(expect.stringMatching(missing))
  expect(tables[0]?.findings).toHaveLength(20)
  expect(tables[0]?.findingCount).toBeGreaterThan(100)
})

test('finds dead letters and bars that are not in their tables', async () => {
  const folder = copied()
  for (const table of ['dead_letters', 'bars_1m']) {
    const removes = (await filesOf(folder, table)).map(({ path }) => ({ remove: { path, dataChange: true } }))
    await plant(folder, table, removes)
  }
  const { tables } = await verify(folder, { log: true })
  expect(tables[0]?.findings).toContainEqual(expect.stringMatching(/stands neither in stocks nor in dead_letters/))
  expect(tables[1]?.findings[0]).toMatch(/^stock-bars-1m\/[01]\/\d+ is not in the table$/)
  expect(tables[4]?.findings[0]).toMatch(/^stock-dead-letters\/[01]\/\d+ is not in the table$/)
})

test('says when the tables are of another log, and compares nothing then', async () => {
  const folder = copied()
  rmSync(join(folder, 'log.db'))
  for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `log.db${suffix}`), { force: true })
  const log = openTestLog(folder)
  await log.createTopics(topicSpecs(PARTITIONS))
  await log.close()
  const { tables, failed } = await verify(folder, { log: true })
  expect(failed).toBe(false)
  expect(tables[0]?.notes).toContain(
    'stock-prices/0: the table has rows of another life of the topic; not compared with the log',
  )
})

test('takes a refused record for being on its way while its dead letter is not in the table yet', async () => {
  const folder = copied()
  const log = openTestLog(folder)
  await log.publish([{ topic: PRICES_TOPIC, partition: 0, key: null, value: 'rubbish' }])
  await runLakeWriter(folder, log)
  await log.close()
  const { topics, failed } = await verify(folder, { log: true })
  expect(failed).toBe(false)
  expect(topics?.[0]).toMatchObject({ underway: 1 })
})

test('finds a copy whose original is nowhere', async () => {
  const folder = copied()
  const log = openTestLog(folder)
  const value = JSON.stringify({ symbol: 'S0', price: 1, timestamp: NOON })
  const copyOf = (origin: string) => ({
    topic: PRICES_TOPIC,
    partition: 0,
    key: 'S0',
    value,
    headers: { [ORIGIN_HEADER]: origin },
  })
  // The other two are no copies, whatever their header says: they are quotes of their own.
  await log.publish([copyOf('7:12'), copyOf('nobody'), copyOf('0:999999')])
  await runPipeline(folder, log)
  await log.close()
  expect(await findingsOf(folder, { log: true })).toEqual([
    expect.stringMatching(/^stock-prices\/0\/\d+ is a re-keyed copy of 7\/12, which is not in stocks$/),
  ])
})

test('does not take the offsets of a topic that was created again for doubles, and says so', async () => {
  const folder = copied()
  const { txns } = await snapshotOf(lakeIn(folder), 'stocks')
  const second = [...txns.values()].map((txn) => ({
    txn: { ...txn, appId: txn.appId.replace(/:stock-prices:[^:]+:/, ':stock-prices:another:') },
  }))
  const file = await firstFile(folder)
  const copy = file.path.replace('part-', 'part-second-')
  await lakeIn(folder).put(`stocks/${copy}`, (await lakeIn(folder).get(`stocks/${file.path}`)) as Uint8Array)
  await plant(folder, 'stocks', [...second, { add: { ...file, path: copy } }])
  const { tables, failed } = await verify(folder, { log: true })
  expect(failed).toBe(false)
  expect(tables[0]?.notes.join()).toMatch(/stock-prices\/0 was created again \(2 lives\)/)
  await lakeIn(folder).put(`stocks/${copy}x`, (await lakeIn(folder).get(`stocks/${file.path}`)) as Uint8Array)
  await plant(folder, 'stocks', [{ add: { ...file, path: `${copy}x` } }])
  expect((await findingsOf(folder))[0]).toMatch(/stands 3 times/)
})

test('begins at the checkpoint when the log before it was cleaned up, and sees what comes after', async () => {
  const folder = copied()
  const store = within(lakeIn(folder), 'stocks')
  const snapshot = await snapshotOf(lakeIn(folder), 'stocks')
  await writeCheckpoint(store, snapshot, { clock: systemClock })
  for (let version = 0; version < snapshot.version; version++) await store.delete(commitKey(tableVersion(version)))
  const { failed, tables } = await verify(folder, { log: true })
  expect(failed).toBe(false)
  expect(tables[0]?.notes).toEqual([`the log begins at version ${snapshot.version}: older commits were cleaned up`])
  await plant(folder, 'stocks', [{ add: await firstFile(folder) }])
  expect(await findingsOf(folder)).toEqual([expect.stringMatching(/adds .*, which was added before$/)])
})

test('finds nothing wrong after compaction', async () => {
  const folder = copied()
  const before = await filesOf(folder)
  const call = { env: { LAKE_URL: join(folder, 'lake') }, positionals: ['stocks'] }
  await runCommand(compactCommand, call)
  expect((await filesOf(folder)).length).toBeLessThan(before.length)
  const { failed, tables } = await verify(folder, { log: true })
  expect(tables.flatMap((table) => table.findings)).toEqual([])
  expect(failed).toBe(false)
})
