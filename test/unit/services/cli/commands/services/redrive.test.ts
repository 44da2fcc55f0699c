// `tickerlake redrive`: what it lists, what it would do, what it does, and that it does it once.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, Processor, RunOptions } from '#log/event_log'
import { ATTEMPT_HEADER, ORIGIN_HEADER, REDRIVE_HEADER } from '#market/headers'
import { decodeRedriveMark, encodeRedriveMark, rangesOf } from '#market/redrive_mark'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Offset } from '#runtime/units'
import { verifyCommand } from '#services/cli/commands/audit/verify'
import { redriveCommand } from '#services/cli/commands/services/redrive'
import { newCounters } from '#services/writer/counters'
import { runWriter } from '#services/writer/writer'
import { runCommand } from '#support/command_context'
import { expectEachOnce, publishBroken, redrivenIn, streamToEnd } from '#support/dead_letters'
import { defaultDecoder } from '#support/decoder'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
let folder: string
let log: EventLog

beforeEach(async () => {
  folder = temporaryFolder()
  log = openTestLog()
  await log.createTopics(topicSpecs(PARTITIONS))
})

function openTestLog(): EventLog {
  const opened = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => opened.close())
  return opened
}

type Values = Readonly<Record<string, string | boolean | readonly string[]>>

async function redriveText(values: Values, openLog = async () => openTestLog()): Promise<string> {
  return (
    await runCommand(redriveCommand, { env: { LAKE_URL: join(folder, 'lake') }, newId: randomUUID, openLog, values })
  ).stdout
}

async function redrive(values: Values, openLog?: () => Promise<EventLog>): Promise<Record<string, unknown>> {
  return JSON.parse(await redriveText({ ...values, json: true }, openLog))
}

const bytes = (text: string) => new TextEncoder().encode(text)
const notJson = { reason: ['not_json'] }

test('lists dead letters by reason, with how many were redriven', async () => {
  await publishBroken(log, 8)
  await log.publish([{ topic: PRICES_TOPIC, key: 'AAPL', value: '{"symbol":"AAPL","price":-1,"timestamp":1}' }])
  await log.publish([{ topic: DEAD_LETTERS_TOPIC, partition: 0, key: null, value: 'nothing of ours' }])
  await streamToEnd(log)
  await redrive({ ...notJson, limit: '3', publish: true })
  const { reasons, unreadable } = await redrive({})
  expect(reasons).toMatchObject([
    { reason: 'not_json', letters: 8, redriven: 3, sample: { attempt: 1, place: expect.stringMatching(/^\d:\d+$/) } },
    { reason: 'invalid_price', letters: 1, redriven: 0, sample: { detail: 'price: -1' } },
  ])
  expect(unreadable).toBe(1)
  expect(await redriveText({})).toMatch(/not_json .* 8 .* 3 [\s\S]*\(1 record is not ours\)\n$/)
})

test('says that there is nothing to list', async () => {
  expect(await redriveText({})).toBe('there are no dead letters\n')
})

test('says one letter, not 1 letters', async () => {
  await publishBroken(log, 5)
  await streamToEnd(log)
  expect(await redriveText({ ...notJson, limit: '1' })).toMatch(
    /^1 dead letter can be published again \(not_json 1\)\n/,
  )
})

test('says what would be published, and publishes only when told to', async () => {
  await publishBroken(log, 5)
  await streamToEnd(log)
  expect(await redriveText(notJson)).toBe(
    '5 dead letters can be published again (not_json 5)\n' +
      'nothing was published; run again with --publish to publish them\n',
  )
  expect(await redrivenIn(log)).toEqual([])
  expect(await redriveText({ ...notJson, publish: true })).toBe(
    '5 of 5 chosen dead letters were published again (not_json 5)\n',
  )
  await expectEachOnce(log, 5)
})

test('publishes the bytes, the key and the headers as they were, where they stood, with the next attempt', async () => {
  const value = Uint8Array.of(0xff, 0x00, 0x7b)
  await log.publish([{ topic: PRICES_TOPIC, partition: 2, key: 'any', value, headers: { trace: 'abc' } }])
  await log.publish([{ topic: PRICES_TOPIC, partition: 1, key: null, value: null }])
  await streamToEnd(log)
  await redrive({ reason: ['not_utf8', 'not_json'], publish: true })
  const found = await redrivenIn(log)
  expect(found.map(({ partition, record: { key, value, headers } }) => [partition, key, value, headers])).toEqual([
    [1, null, null, { [ATTEMPT_HEADER]: bytes('2') }],
    [2, bytes('any'), value, { trace: bytes('abc'), [ATTEMPT_HEADER]: bytes('2') }],
  ])
})

test('redrives a letter once, and its record anew when it is refused again', async () => {
  await publishBroken(log, 6)
  await streamToEnd(log)
  await redrive({ ...notJson, publish: true })
  expect(await redrive({ ...notJson, publish: true })).toMatchObject({ chosen: 0, before: 6, published: 0 })
  await streamToEnd(log)
  expect(await redrive({ ...notJson, publish: true })).toMatchObject({ chosen: 6, before: 6, published: 6 })
  const attempts = (await redrivenIn(log)).map(({ record }) =>
    new TextDecoder().decode(record.headers?.[ATTEMPT_HEADER]),
  )
  expect(attempts.sort()).toEqual(['2', '2', '2', '2', '2', '2', '3', '3', '3', '3', '3', '3'])
})

test('takes the named places only, at most so many, and refuses places without a letter', async () => {
  await publishBroken(log, 30)
  await streamToEnd(log)
  const letters = [...(await log.ranges(DEAD_LETTERS_TOPIC))].filter(({ end }) => end > 2)
  const places = letters.map(({ partition }) => `${partition}:1`)
  expect(await redrive({ offset: places, publish: true })).toMatchObject({ chosen: places.length })
  expect(await redrive({ offset: places, publish: true })).toMatchObject({ chosen: 0, before: places.length })
  expect(await redrive({ ...notJson, limit: '4', publish: true })).toMatchObject({ chosen: 4, published: 4 })
  expect(await redrive({ ...notJson, publish: true })).toMatchObject({ published: 30 - places.length - 4 })
  await expectEachOnce(log, 30)
  await expect(redrive({ offset: ['0:100000'] })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(redrive({ offset: places, reason: ['not_utf8'] })).rejects.toMatchObject({ code: 'USAGE' })
})

test('two at once publish each letter once, and say so', async () => {
  await publishBroken(log, 3_000)
  await streamToEnd(log)
  const both = await Promise.all([1, 2].map(() => redrive({ ...notJson, publish: true })))
  await expectEachOnce(log, 3_000)
  const sum = (name: string) => both.reduce((total, report) => total + Number(report[name]), 0)
  expect(sum('published')).toBe(3_000)
  for (const { chosen, published, byOthers } of both) expect(Number(published) + Number(byOthers)).toBe(chosen)
})

test('a survey that another redrive has overtaken publishes nothing of what that one did', async () => {
  await publishBroken(log, 20)
  await streamToEnd(log)
  let overtaken = false
  const report = await redrive({ ...notJson, publish: true }, async () =>
    runningFirst(openTestLog(), async ({ commit }) => {
      if (commit !== 'transaction' || overtaken) return
      overtaken = true
      await redrive({ ...notJson, limit: '7', publish: true })
    }),
  )
  expect(report).toMatchObject({ chosen: 20, published: 13, byOthers: 7 })
  await expectEachOnce(log, 20)
})

/** The log, with work of the test's own right before each run. */
function runningFirst(inner: EventLog, first: (options: RunOptions) => Promise<void>): EventLog {
  return new Proxy(inner, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (name !== 'run') return typeof member === 'function' ? member.bind(target) : member
      return async (options: RunOptions, processor: Processor) => {
        await first(options)
        await target.run(options, processor)
      }
    },
  })
}

test('what is redriven is an original to stream, writer and verify', async () => {
  const now = systemClock.now()
  // A copy that nobody made: its key is wrong, so that it is refused, and the writer has not landed it.
  const headers = { [ORIGIN_HEADER]: '0:0', trace: 'abc' }
  const value = JSON.stringify({ symbol: 'AAPL', price: 7, timestamp: now })
  await publishBroken(log, 40)
  await log.publish([{ topic: PRICES_TOPIC, partition: 1, key: 'TSLA', value, headers }])
  await streamToEnd(log)
  expect(await redrive({ reason: ['wrong_key', 'not_json'], publish: true })).toMatchObject({ published: 41 })
  const redriven = (await redrivenIn(log)).find(({ value }) => value.includes('AAPL'))
  expect(redriven?.record.key).toEqual(bytes('AAPL'))
  expect(redriven?.record.headers).toEqual({ trace: bytes('abc'), [ATTEMPT_HEADER]: bytes('2') })
  await streamToEnd(log)
  const counters = newCounters()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const parts = { clock: systemClock, logger: silentLogger, signal: new AbortController().signal, bounded: true }
  const config = { flushIntervalMs: 50, flushRows: 200, flushBytes: 2 ** 20 }
  const made = { config, decoder: defaultDecoder, counters, random: () => 0.5, newId: randomUUID }
  await runWriter({ ...parts, ...made, log, store: lake })
  expect(counters).toMatchObject({ rows: { stocks: 41, dead_letters: 81 }, copies: 1, unreadable: 0 })
  expect(counters.marks).toBeGreaterThan(0)
  const call = { env: { LAKE_URL: join(folder, 'lake') }, openLog: async () => openTestLog() }
  const { stdout } = await runCommand(verifyCommand, { ...call, values: { json: true, log: true } })
  const { topics } = JSON.parse(stdout) as { topics: readonly Record<string, unknown>[] }
  const letters = topics.find(({ topic }) => topic === DEAD_LETTERS_TOPIC)
  expect(letters).toMatchObject({ topic: DEAD_LETTERS_TOPIC, marks: counters.marks, unreadable: 0 })
})

test.each([
  [{ publish: true }, /name what to publish/],
  [{ limit: '3' }, /name what to publish/],
  [{ reason: ['nonsense'] }, /no reason "nonsense"; there are: too_large/],
  [{ offset: ['3'] }, /PARTITION:OFFSET/],
  [{ offset: ['3:-1'] }, /PARTITION:OFFSET/],
  [{ ...notJson, limit: '0' }, /number from 1/],
])('refuses %j', async (values, message) => {
  await expect(redrive(values)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) })
})

test('says that it was stopped', async () => {
  await publishBroken(log, 5)
  await streamToEnd(log)
  const call = { env: {}, openLog: async () => openTestLog(), signal: AbortSignal.abort() }
  await expect(runCommand(redriveCommand, { ...call, values: { ...notJson, publish: true } })).rejects.toMatchObject({
    code: 'STOPPED',
  })
})

test('marks name ranges, and a mark that is none of ours is not believed', async () => {
  const ranges = rangesOf([1, 2, 3, 7, 9, 10] as Offset[])
  expect(ranges).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ])
  const mark = { redrive: 'r', letters: ranges }
  expect(decodeRedriveMark(Buffer.from(encodeRedriveMark(mark)))).toEqual(mark)
  for (const letters of [[[2, 1]], [[-1, 1]], [['a', 'b']], 'x', [[1]]]) {
    expect(decodeRedriveMark(Buffer.from(JSON.stringify({ redrive: 'r', letters })))).toBeNull()
  }
  await publishBroken(log, 5)
  await streamToEnd(log)
  const forged = encodeRedriveMark({ redrive: 'r', letters: [[0, 1e9]] })
  await log.publish([
    { topic: DEAD_LETTERS_TOPIC, partition: 0, key: null, value: forged, headers: { [REDRIVE_HEADER]: '1' } },
  ])
  expect(await redrive({ ...notJson })).toMatchObject({ chosen: 5, before: 0 })
})
