// The state of the flow on a real Kafka, whose partitions end in marks of transactions that are nobody's records.

import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { TABLES } from '#lake/tables'
import type { EventLog, NewRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { patchKafkajs } from '#log/kafka/kafkajs/patches'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { Flow } from '#services/web/flow/flow'
import { RefusedToday } from '#services/web/refused/refused_today'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { patientConfig } from '#support/lake/writer'
import { deletePlatformTopics } from '#support/log/platform_topics'
import type { KafkaAddress } from '#support/services/addresses'
import { describeWithKafka, uniqueName } from '#support/services/services'

const WAIT = { timeout: 60_000, interval: 2_100 }

async function openLog({ brokers }: KafkaAddress): Promise<EventLog> {
  const options = { clientId: uniqueName('flow'), ssl: false, clock: systemClock, logger: silentLogger }
  const log = await openKafkaLog({ brokers: brokers.split(','), ...options })
  onTestFinished(() => log.close())
  return log
}

function quotes(count: number): NewRecord[] {
  const timestamp = systemClock.now()
  return Array.from({ length: count }, (_, i) => {
    const value = JSON.stringify({ symbol: `S${i % 7}`, price: 1 + i, timestamp })
    return { topic: PRICES_TOPIC, key: `S${i % 7}`, value }
  })
}

/** Leaves records and marks that no reader is ever handed. */
async function abortTransaction({ brokers }: KafkaAddress): Promise<void> {
  patchKafkajs()
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const transactionalId = uniqueName('aborted')
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: PRICES_TOPIC, messages: [{ partition: 0, key: 'S1', value: '{}' }] })
  await transaction.abort()
  await producer.disconnect()
}

describeWithKafka('the flow on Kafka', (kafka) => {
  test('nobody is behind at the end of a topic, whatever marks stand there, and who stands still is', async () => {
    await deletePlatformTopics(kafka.brokers)
    const [log, lake] = [await openLog(kafka), openMemoryStore()]
    await log.createTopics(topicSpecs(3))
    const { signal } = new AbortController()
    const shared = { clock: systemClock, logger: silentLogger, signal, bounded: true, log }
    const stream = { config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, sinks: [] }
    const writer = { config: patientConfig, decoder: defaultDecoder, random: () => 0.5, newId: randomUUID }
    const source = await log.openPositioned({ name: uniqueName('source'), topic: PRICES_TOPIC })
    onTestFinished(() => source.close())
    await source.publish(quotes(70), 'here')
    await runStream({ ...shared, ...stream, checkpoints: openMemoryStore() })
    await runWriter({ ...shared, ...writer, store: lake })
    const live = { newestEventTime: () => null, newestQuote: () => null, followedCalendars: () => [] }
    const parts = { log, lake, live, tables: TABLES, refused: new RefusedToday(), clock: systemClock }
    const flow = new Flow({ ...parts, newId: () => uniqueName('look'), signal })
    const readers = async () =>
      (await flow.state()).readers.map(({ lagRecords, lagSeconds }) => [lagRecords, lagSeconds])
    await expect.poll(readers, WAIT).toEqual([
      [0, 0],
      [0, 0],
    ])
    await abortTransaction(kafka)
    await expect.poll(async () => (await readers())[0]?.[0], WAIT).toBeGreaterThan(0)
    await expect.poll(readers, WAIT).toEqual([
      [0, 0],
      [0, 0],
    ])
    await source.publish(quotes(40), 'there')
    await expect.poll(async () => (await readers())[0]?.[0], WAIT).toBeGreaterThanOrEqual(40)
    await expect.poll(async () => (await readers())[0]?.[1], WAIT).toBeGreaterThan(3)
    expect((await flow.state()).trouble).toBe(null)
  }, 240_000)
})
