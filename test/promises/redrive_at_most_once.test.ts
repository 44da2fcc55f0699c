// Promise: a dead letter is published again at most once, and once if a redrive comes to its end: processes are killed
// in the middle of their work, and two work at the same time.

import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { expectEachOnce, publishBroken, streamToEnd } from '#support/dead_letters'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
const REDRIVE = ['redrive', '--reason', 'not_json', '--publish', '--json']
const TIMEOUT_MS = 240_000

async function endOf(log: EventLog, topic: string): Promise<number> {
  return (await log.ranges(topic)).reduce((sum, { end }) => sum + end, 0)
}

/** Letters in the log, and nothing of them redriven. */
async function prepare(log: EventLog, count: number): Promise<void> {
  onTestFinished(() => log.close())
  await log.createTopics(topicSpecs(PARTITIONS))
  await publishBroken(log, count)
  await streamToEnd(log)
}

/** Starts a redrive and kills it as soon as something new stands in stock-prices, decided or not. */
async function killOneAtWork(log: EventLog, env: Env): Promise<void> {
  const before = await endOf(log, PRICES_TOPIC)
  const killed = startTickerlake(REDRIVE, env)
  let running = true
  void killed.ended.then(() => {
    running = false
  })
  while (running && (await endOf(log, PRICES_TOPIC)) === before) await systemClock.sleep(1)
  await killed.stop('SIGKILL')
}

async function redriveReport(
  env: Env,
): Promise<{ chosen: number; before: number; published: number; byOthers: number }> {
  const child = startTickerlake(REDRIVE, env)
  expect(await child.ended, child.stderr.join('\n')).toEqual({ code: 0, signal: null })
  return JSON.parse(child.stdout.join('\n'))
}

/** Kills some, then lets two come to their end at the same time. */
async function killThenFinish(log: EventLog, env: Env, { count, kills }: { count: number; kills: number }) {
  await prepare(log, count)
  const letters = await endOf(log, DEAD_LETTERS_TOPIC)
  for (let i = 0; i < kills; i++) await killOneAtWork(log, env)
  const reports = await Promise.all([redriveReport(env), redriveReport(env)])
  for (const { chosen, before, published, byOthers } of reports) {
    expect(chosen + before).toBe(count)
    expect(published + byOthers).toBe(chosen)
  }
  await expectEachOnce(log, count)
  expect(await endOf(log, DEAD_LETTERS_TOPIC), 'marks stand behind the letters').toBeGreaterThan(letters)
  expect(await redriveReport(env)).toMatchObject({ chosen: 0, before: count, published: 0 })
}

describe('on the embedded log', () => {
  test(
    'killed redrives and two at once publish each letter once',
    async () => {
      const env = { DATA_DIR: temporaryFolder() }
      const parts = { clock: systemClock, logger: silentLogger }
      const log = openEmbeddedLog({ path: join(env.DATA_DIR, 'log.sqlite'), ...parts })
      await killThenFinish(log, env, { count: 60_000, kills: 3 })
    },
    TIMEOUT_MS,
  )
})

describeWithKafka('on Kafka', ({ brokers }) => {
  test(
    'killed redrives and two at once publish each letter once',
    async () => {
      await deletePlatformTopics(brokers)
      const options = { clientId: uniqueName('redrive'), ssl: false, clock: systemClock, logger: silentLogger }
      const log = await openKafkaLog({ brokers: brokers.split(','), ...options })
      const env = { KAFKA_BROKERS: brokers, DATA_DIR: temporaryFolder() }
      await killThenFinish(log, env, { count: 30_000, kills: 2 })
    },
    TIMEOUT_MS,
  )
})
