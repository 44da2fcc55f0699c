// Writers on a real Kafka and a real S3 store: partitions move between them, one dies in the middle of its work, and
// each valid quote is in the table once.

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EventLog, NewRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { rowsOf } from '#support/lake/lake_tables'
import { committedRows } from '#support/lake/writer'
import { deletePlatformTopics } from '#support/log/platform_topics'
import type { KafkaAddress } from '#support/services/addresses'
import { describeWithServices, uniqueName } from '#support/services/services'
import { type Life, mortal } from '#support/stores/mortal_store'

const PARTITIONS = 4
const QUOTES = 20_000
const CHUNK = 1000

function quotesFrom(first: number): NewRecord[] {
  const timestamp = systemClock.now()
  return Array.from({ length: CHUNK }, (_, i) => {
    const n = first + i
    const symbol = `S${n % 101}`
    const value = JSON.stringify({ symbol, price: n % 20 === 19 ? 0 : 1 + n, timestamp, id: String(n) })
    return { topic: PRICES_TOPIC, key: symbol, value }
  })
}

const valid = Array.from({ length: QUOTES }, (_, n) => n).filter((n) => n % 20 !== 19)

function openLog({ brokers }: KafkaAddress): Promise<EventLog> {
  const options = { clientId: uniqueName('writer'), ssl: false, clock: systemClock, logger: silentLogger }
  return openKafkaLog({ brokers: brokers.split(','), ...options })
}

/** A store that tells of its user's first file, and whose user dies a few calls later. */
function dyingStore(lake: ObjectStore): { readonly store: ObjectStore; readonly firstFile: Promise<void> } {
  const life: Life = { calls: Number.POSITIVE_INFINITY, after: true }
  const store = mortal(lake, life)
  const first = Promise.withResolvers<void>()
  const put = async (key: string, body: Uint8Array) => {
    await store.put(key, body)
    life.calls = Math.min(life.calls, 4)
    first.resolve()
  }
  return { store: { ...store, put }, firstFile: first.promise }
}

describeWithServices('on Kafka and S3', ({ kafka, s3 }) => {
  /** A writer with a log of its own, as a process has. */
  async function startWriter(store: ObjectStore, life: { readonly signal: AbortSignal; readonly bounded?: boolean }) {
    const log = await openLog(kafka)
    const config = { flushIntervalMs: 200, flushRows: 500, flushBytes: 1024 * 1024 }
    const facts = { config, decoder: defaultDecoder, random: Math.random, newId: randomUUID }
    try {
      return await runWriter({ log, store, ...facts, clock: systemClock, logger: silentLogger, ...life })
    } finally {
      await log.close()
    }
  }

  test('writers that come, go and die write each valid quote once', { timeout: 300_000 }, async () => {
    await deletePlatformTopics(kafka.brokers)
    const lake = openS3Store({ url: `s3://${uniqueName('lake')}/bronze`, ...s3 })
    await lake.createBucket()
    const log = await openLog(kafka)
    await log.createTopics(topicSpecs(PARTITIONS))
    const stop = new AbortController()
    const { store, firstFile } = dyingStore(lake)
    const dying = startWriter(store, { signal: stop.signal })
    const dead = expect(dying).rejects.toThrow(/dead|died/)
    for (let n = 0; n < QUOTES / 2; n += CHUNK) await log.publish(quotesFrom(n))
    await firstFile
    const staying = startWriter(lake, { signal: stop.signal })
    await dead
    const joining = startWriter(lake, { signal: stop.signal })
    for (let n = QUOTES / 2; n < QUOTES; n += CHUNK) await log.publish(quotesFrom(n))
    await expect.poll(() => committedRows(lake), { timeout: 200_000, interval: 200 }).toBe(valid.length)
    stop.abort()
    await Promise.all([staying, joining])
    const rows = await rowsOf(lake, 'stocks')
    expect(rows.map((row) => Number(row.id)).sort((a, b) => a - b)).toEqual(valid)
    await startWriter(lake, { signal: AbortSignal.any([]), bounded: true })
    expect(await committedRows(lake)).toBe(valid.length)
    const committed = await log.committed('writer', PRICES_TOPIC)
    const ends = await log.ranges(PRICES_TOPIC)
    expect(ends.map(({ partition, end }) => [partition, end])).toEqual(
      ends.map(({ partition }) => [partition, committed.get(partition)?.offset]),
    )
    await log.close()
  })
})
