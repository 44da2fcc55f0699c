// `replay-check` on a real Kafka, beside streams that come and go and are never at rest: nothing may differ at any
// moment, since what is compared is what was committed.

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EventLog } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Command } from '#services/cli/command'
import { replayCheckCommand } from '#services/cli/commands/audit/replay_check'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { runCommand } from '#support/command_context'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithKafka, uniqueName } from '#support/services/services'

const PARTITIONS = 2
const WAVE = 200
/** Outputs that have to be compared. */
const EQUAL_MIN = 100
const IDLE_CLOSE_MS = 1_000
const config = { ...DEFAULT_STREAM_CONFIG, idleCloseMs: IDLE_CLOSE_MS }

function openLog(brokers: string): Promise<EventLog> {
  const options = { clientId: uniqueName('replay'), ssl: false, clock: systemClock, logger: silentLogger }
  return openKafkaLog({ brokers: brokers.split(','), ...options })
}

/** Quotes as they come, with silences of symbols, late ones, broken ones, some without a key. */
function wave(first: number) {
  const now = systemClock.now()
  return Array.from({ length: WAVE }, (_, i) => {
    const n = first + i
    const symbol = `S${(n % 5) + 5 * (Math.floor(n / 1_000) % 3)}`
    const timestamp = now - 900_000 + n * 20 - (n % 97 === 0 ? 900_000 : 0)
    const price = n % 101 === 0 ? -1 : Math.round(10_000 + 400 * Math.sin(n / 90)) / 100
    return {
      topic: PRICES_TOPIC,
      key: n % 7 === 0 ? null : symbol,
      value: JSON.stringify({ symbol, price, timestamp }),
    }
  })
}

describeWithKafka('on Kafka', ({ brokers }) => {
  const checkpoints = openMemoryStore()

  async function startStream() {
    const log = await openLog(brokers)
    const leave = new AbortController()
    const parts = {
      clock: systemClock,
      logger: silentLogger,
      config,
      rules: DEFAULT_ALERT_RULES,
      checkpoints,
      sinks: [],
    }
    const ended = runStream({ ...parts, log, signal: leave.signal }).finally(() => log.close())
    return { leave: () => leave.abort(), ended }
  }

  async function check(): Promise<{ counts: Record<string, { equal: number }>; differences: readonly unknown[] }> {
    const call = { env: { IDLE_CLOSE_MS: String(IDLE_CLOSE_MS) }, newId: randomUUID, openLog: () => openLog(brokers) }
    const command: Command = {
      ...replayCheckCommand,
      run: (context, args) =>
        replayCheckCommand.run(context, args).catch((error: { code?: string }) => {
          if (error.code !== 'REPLAY_DIFFERS') throw error
        }),
    }
    return JSON.parse((await runCommand(command, { ...call, values: { json: true } })).stdout)
  }

  test('finds no difference while streams work, leave and come', async () => {
    await deletePlatformTopics(brokers)
    const log = await openLog(brokers)
    await log.createTopics(topicSpecs(PARTITIONS))
    const done = new AbortController()
    const publishing = (async () => {
      for (let first = 0; !done.signal.aborted; first += WAVE) {
        await log.publish(wave(first))
        // Now and then a silence that the clock has to close.
        await systemClock.sleep(first % 4_000 === 0 ? 3 * IDLE_CLOSE_MS : 100, done.signal)
      }
    })()
    let stream = await startStream()
    let equal = 0
    try {
      // Four rounds, and on until there was enough to compare: a group may take its time to form.
      for (let round = 0; round < 4 || equal <= EQUAL_MIN; round++) {
        await systemClock.sleep(2_000)
        if (round === 2) {
          stream.leave()
          await stream.ended
          stream = await startStream()
        }
        const { differences, counts } = await check()
        expect(differences).toEqual([])
        equal = Object.values(counts).reduce((sum, count) => sum + count.equal, 0)
      }
    } finally {
      done.abort()
      stream.leave()
      await Promise.all([publishing, stream.ended])
      await log.close()
    }
  }, 240_000)
})
