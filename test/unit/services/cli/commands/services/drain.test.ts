// `stream --drain` and `write --drain`: to the end of the log, one line of what was done, and then nothing more to do.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { HISTORY_TOPICS, liveTopicsOf, PRICES_TOPIC, TOPICS, type Topic, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { streamCommand } from '#services/cli/commands/services/stream'
import { writeCommand } from '#services/cli/commands/services/write'
import { initCommand } from '#services/cli/commands/setup/init'
import { STREAM_GROUP } from '#services/stream/group'
import { ALL_COMMANDS } from '#support/all_commands'
import { type CommandCall, runCommand } from '#support/command_context'
import { historyBar, historyDay, split } from '#support/lake/history_records'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 4
const MINUTE_MS = 60_000
let folder: string
let log: EventLog

function openTestLog(): EventLog {
  const opened = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => opened.close())
  return opened
}

beforeEach(() => {
  folder = temporaryFolder()
  log = openTestLog()
})

function lakeHere() {
  return openFilesystemStore({ root: join(folder, 'lake') })
}

async function drain(command: typeof streamCommand, call: Partial<CommandCall> = {}): Promise<string> {
  const lake = lakeHere()
  const env = { CHECKPOINT_URL: join(folder, 'checkpoints') }
  const values = { drain: true, ...call.values }
  return (
    await runCommand(command, { env, lake, newId: randomUUID, openLog: async () => openTestLog(), ...call, values })
  ).stdout
}

test('with --drain stdout is data, of every command that has it, and without it is for people', () => {
  const drained = ALL_COMMANDS.map(({ command }) => command).filter(({ options }) => 'drain' in options)
  expect(drained.map(({ name }) => name).toSorted()).toEqual(['start', 'stream', 'write'])
  for (const { givesData } of drained) {
    const given = (drain: boolean) => givesData?.({ positionals: [], values: { drain } })
    expect([given(true), given(false)]).toEqual([true, false])
  }
})

async function publishQuotes(count: number, topics = TOPICS as readonly Topic[]): Promise<void> {
  await log.createTopics(topicSpecs(PARTITIONS, topics))
  // Of the minute that has begun: older ones would be stale, and those of two minutes are in two bars.
  const minute = Math.floor(systemClock.now() / MINUTE_MS) * MINUTE_MS
  const quotes = Array.from({ length: count }, (_, i) => ({ symbol: `S${i % 7}`, price: 100, timestamp: minute + i }))
  await log.publish(quotes.map((quote) => ({ topic: PRICES_TOPIC, key: quote.symbol, value: JSON.stringify(quote) })))
}

test('a drain says in its last line what it did, and a second one that there is nothing to do', async () => {
  await publishQuotes(100)
  const streamed = (await drain(streamCommand)).trimEnd().split('\n')
  expect(streamed.at(-1)).toBe('stream    read 100, valid 100, placed 100, bars 7')
  expect(await drain(writeCommand)).toMatch(/^writer {4}rows 107 \(stocks 100, bars_1m 7\), .*\n$/)
  expect(await drain(streamCommand)).toBe('stream    nothing to do\n')
  expect(await drain(writeCommand)).toBe('writer    nothing to do\n')
})

test('--json prints one object and nothing else', async () => {
  await publishQuotes(100)
  const values = { json: true }
  expect(JSON.parse(await drain(streamCommand, { values }))).toMatchObject({
    stream: { read: 100, placed: 100, bars: 7, alerts: 0 },
    partitions: { taken: PARTITIONS, leftToOthers: 0 },
  })
  expect(JSON.parse(await drain(writeCommand, { values }))).toMatchObject({
    writer: { rows: { stocks: 100, bars_1m: 7 } },
    partitions: { taken: PARTITIONS * TOPICS.length, leftToOthers: 0 },
  })
})

test('an empty log is at its end', async () => {
  await log.createTopics(topicSpecs(PARTITIONS))
  expect(await drain(streamCommand)).toBe('stream    nothing to do\n')
  expect(await drain(writeCommand)).toBe('writer    nothing to do\n')
})

test('a log without topics is refused', async () => {
  for (const command of [streamCommand, writeCommand]) {
    await expect(drain(command)).rejects.toMatchObject({ code: 'LOG_TOPIC_MISSING' })
  }
})

describe('a log from before there was history', () => {
  const before = liveTopicsOf(MINUTE_MS)

  test('is taken to its end as always, and what is missing is said', async () => {
    await publishQuotes(100, before)
    expect(await drain(streamCommand)).toContain('bars 7')
    const told: string[] = []
    const warn = (_: unknown, message?: string) => void told.push(message ?? '')
    const logger = { ...silentLogger, warn }
    expect(await drain(writeCommand, { logger })).toMatch(/^writer {4}rows 107 \(stocks 100, bars_1m 7\), /)
    expect(told).toEqual([
      expect.stringMatching(/no topic stock-history-bars, stock-history-days, .*`tickerlake init`/),
    ])
  })

  test('gets its topics by init, and the writer goes on where it was and lands history too', async () => {
    await publishQuotes(100, before)
    await drain(writeCommand)
    const env = { LAKE_URL: join(folder, 'lake') }
    await runCommand(initCommand, { env, lake: lakeHere(), openLog: async () => openTestLog(), newId: randomUUID })
    const values = [historyBar(), historyDay(), split()]
    await log.publish(HISTORY_TOPICS.map((topic, i) => ({ topic, key: 'AAPL', value: JSON.stringify(values[i]) })))
    expect(await drain(writeCommand)).toMatch(
      /^writer {4}rows 3 \(history_bars 1, history_days 1, corporate_actions 1\), /,
    )
    expect(await drain(writeCommand)).toBe('writer    nothing to do\n')
  })
})

describe('a drain that is stopped', () => {
  test('before the end says so, and how to go on', async () => {
    await publishQuotes(100)
    for (const command of [streamCommand, writeCommand]) {
      await expect(drain(command, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'STOPPED',
        message: expect.stringMatching(/was stopped before the end of the log: .*the same command goes on from there/),
      })
    }
  })
})

test('partitions that another member of the group holds are left to it, and counted', async () => {
  await publishQuotes(100)
  const stop = new AbortController()
  const opened = Promise.withResolvers<void>()
  const other = openTestLog().run(
    { group: STREAM_GROUP, topics: [PRICES_TOPIC], commit: 'transaction', signal: stop.signal },
    {
      open: async (_, { logEnd }) => {
        opened.resolve()
        return logEnd
      },
      process: async () => [],
      close() {},
    },
  )
  await opened.promise
  const { partitions } = JSON.parse(await drain(streamCommand, { values: { json: true } }))
  expect(partitions.leftToOthers).toBeGreaterThan(0)
  expect(partitions.taken + partitions.leftToOthers).toBe(PARTITIONS)
  expect(await drain(streamCommand)).toMatch(
    /^stream {4}.* \(\d of 4 partitions are left to other members of the group\)\n$/m,
  )
  stop.abort()
  await other
})
