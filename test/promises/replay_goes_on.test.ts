// Promise: a replay and a simulated market go on where they stopped, exactly, also after kill -9. Producers are killed
// at random moments and started again until they are done; then every line and every quote stands in the topic once, in
// its order.

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, LogRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { isReplayed } from '#market/headers'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { recordsOf } from '#support/log/topic_records'
import { describeWithKafka } from '#support/services/services'
import { randomOf } from '#support/simulation/world/random'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
const SYMBOLS = 50
const LINES = 150_000
const QUOTES = 60_000
const KILLS = 6
/** So many must have been at work. Where the test is held up, a producer may come to the end before it is killed. */
const KILLED_AT_WORK_MIN = 2
const KILLS_MAX = 20
/** A producer that has added this share of all records is killed at once: on a fast machine, too, several have work. */
const SHARE_OF_A_LIFE = 1 / 6
const TIMEOUT_MS = 300_000
const START = Date.UTC(2025, 9, 2, 13, 30)

const { whole } = randomOf(20_261_128, 'kills')

async function endOf(log: EventLog): Promise<number> {
  return (await log.ranges(PRICES_TOPIC)).reduce((sum, { end }) => sum + end, 0)
}

interface Life {
  readonly after: 'added' | 'committed'
  readonly addsMax: number
}

/**
 * Starts a producer and kills it some time after it has added to the topic (within a transaction, most likely), or
 * after it has committed; at once when it has added `addsMax`. Returns whether it was still at work.
 */
async function killAtWork(log: EventLog, env: Env, { after, addsMax }: Life): Promise<boolean> {
  const before = await endOf(log)
  const producer = startTickerlake(['produce'], env)
  let isRunning = true
  void producer.ended.then(() => {
    isRunning = false
  })
  if (after === 'committed') await Promise.race([producer.waitForLine(/^Sent/, TIMEOUT_MS), producer.ended])
  while (isRunning && (await endOf(log)) === before) await systemClock.sleep(1)
  const killAt = systemClock.now() + whole(0, 200)
  while (isRunning && systemClock.now() < killAt && (await endOf(log)) < before + addsMax) await systemClock.sleep(1)
  const end = await producer.stop('SIGKILL')
  if (end.signal === 'SIGKILL') return true
  expect(end, producer.stderr.join('\n')).toEqual({ code: 0, signal: null })
  return false
}

/** What producers are given to do. */
interface Work {
  /** Records at a time. */
  readonly step: number
  /** Makes it this many records in all. */
  extendTo(records: number): void
  env(): Env
}

/**
 * Kills some, and gives more to do whenever one came to the end; then lets one send the rest. Returns what that one
 * said, and how many records there were in all.
 */
async function killThenFinish(log: EventLog, work: Work): Promise<{ said: readonly string[]; records: number }> {
  let records = work.step
  work.extendTo(records)
  const addsMax = Math.ceil(work.step * SHARE_OF_A_LIFE)
  let killed = 0
  for (let round = 0; round < KILLS || (killed < KILLED_AT_WORK_MIN && round < KILLS_MAX); round++) {
    const after = round % 2 === 0 ? 'added' : 'committed'
    if (await killAtWork(log, work.env(), { after, addsMax })) killed++
    else {
      records += work.step
      work.extendTo(records)
    }
  }
  expect(killed, 'producers that were killed at work').toBeGreaterThanOrEqual(KILLED_AT_WORK_MIN)
  const last = startTickerlake(['produce'], work.env())
  expect(await last.ended, last.stderr.join('\n')).toEqual({ code: 0, signal: null })
  return { said: last.stdout, records }
}

/** A recording that grows. */
function replayWork(env: Env): Work {
  const file = join(temporaryFolder(), 'quotes.ndjson')
  let written = 0
  return {
    step: LINES,
    extendTo(records) {
      const lines: string[] = []
      for (; written < records; written++) {
        lines.push(`{"symbol":"S${written % SYMBOLS}","price":${written + 1},"timestamp":${START + written}}\n`)
      }
      appendFileSync(file, lines.join(''))
    },
    env: () => ({ ...env, SOURCE: 'replay', REPLAY_FILE: file }),
  }
}

/** A market that ends later. */
function marketWork(env: Env): Work {
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => `S${i}`).join(',')
  const rate = { SIMULATOR_RATE: '20000', SIMULATOR_BACKLOG_MS: '0' }
  let quotes = 0
  return {
    step: QUOTES,
    extendTo(records) {
      quotes = records
    },
    env: () => ({ ...env, ...rate, SOURCE: 'simulator', SYMBOLS: symbols, SIMULATOR_QUOTES: String(quotes) }),
  }
}

const bodyOf = (record: LogRecord) => JSON.parse(Buffer.from(record.value ?? '').toString())

async function replayIsWhole(log: EventLog, env: Env): Promise<void> {
  const { said, records: lines } = await killThenFinish(log, replayWork(env))
  const nothingNew = `nothing new after ${lines.toLocaleString('en-US')} lines`
  expect(said.join('\n')).toMatch(new RegExp(`going on from line [\\d,]+ of quotes.ndjson|${nothingNew}`))
  const found = await recordsOf(log, PRICES_TOPIC)
  const prices: number[] = []
  for (const records of found.values()) {
    const own = records.map((record) => bodyOf(record).price as number)
    expect(
      own.every((price, i) => i === 0 || price > (own[i - 1] as number)),
      'in the order of the file',
    ).toBe(true)
    expect(records.every((record) => isReplayed(record.headers))).toBe(true)
    for (const price of own) prices.push(price)
  }
  expect(prices.length, 'no line twice').toBe(new Set(prices).size)
  expect(prices.length, 'no line missing').toBe(lines)
}

async function marketIsWhole(log: EventLog, env: Env): Promise<void> {
  const { records: quotes } = await killThenFinish(log, marketWork(env))
  const numbers: number[] = []
  const runs = new Set<string>()
  const last = new Map<string, { price: number; dayVolume: number; size: number; timestamp: number }>()
  for (const records of (await recordsOf(log, PRICES_TOPIC)).values()) {
    for (const quote of records.map(bodyOf)) {
      const [run = '', number] = (quote.id as string).split('-')
      runs.add(run)
      numbers.push(Number(number))
      const before = last.get(quote.symbol)
      last.set(quote.symbol, quote)
      if (before === undefined) continue
      if (quote.timestamp < before.timestamp) throw new Error(`time goes back at ${quote.id}`)
      // A change of the day in New York begins the volume anew.
      if (quote.dayVolume !== quote.size) expect(quote.dayVolume).toBe(before.dayVolume + quote.size)
      if (Math.abs(quote.price / before.price - 1) > 0.05) throw new Error(`the price jumps at ${quote.id}`)
    }
  }
  expect(runs.size, 'one market').toBe(1)
  expect(numbers.length, 'no quote twice').toBe(new Set(numbers).size)
  expect(numbers.length, 'no quote missing').toBe(quotes)
}

const WORK = [
  ['a replay', replayIsWhole],
  ['a simulated market', marketIsWhole],
] as const

describe('a producer on the embedded log', { timeout: TIMEOUT_MS }, () => {
  test.each(WORK)('that is killed again and again: %s is whole, each quote once', async (_, isWhole) => {
    const folder = temporaryFolder()
    const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock: systemClock, logger: silentLogger })
    onTestFinished(() => log.close())
    await log.createTopics(topicSpecs(PARTITIONS))
    await isWhole(log, { DATA_DIR: folder })
  })
})

describeWithKafka('a producer on Kafka', ({ brokers }) => {
  test.each(WORK)(
    'that is killed again and again: %s is whole, each quote once',
    async (_, isWhole) => {
      await deletePlatformTopics(brokers)
      const parts = { clientId: 'replay-goes-on', ssl: false, logger: silentLogger, clock: systemClock }
      const log = await openKafkaLog({ brokers: [brokers], ...parts })
      onTestFinished(() => log.close())
      await log.createTopics(topicSpecs(PARTITIONS))
      await isWhole(log, { KAFKA_BROKERS: brokers, DATA_DIR: temporaryFolder() })
    },
    TIMEOUT_MS,
  )
})
