// Ten thousand payloads of rubbish among honest quotes, on a real Kafka: each one is a row, a dead letter or a row
// again when it was valid by chance; nothing stops, and nothing is missing.

import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { decodeQuote } from '#support/decoder'
import { sqlRows } from '#support/lake/sql_rows'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithKafka } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const PAYLOADS = 10_000

describeWithKafka('rubbish on stock-prices', (kafka) => {
  test('is accounted for, payload by payload', async () => {
    await deletePlatformTopics(kafka.brokers)
    const env = { DATA_DIR: temporaryFolder(), KAFKA_BROKERS: kafka.brokers, LOG_LEVEL: 'error' }
    expect(await startTickerlake(['init'], env).ended).toEqual({ code: 0, signal: null })
    const log = await openKafkaLog({
      brokers: kafka.brokers.split(','),
      clientId: 'test',
      ssl: false,
      clock: systemClock,
      logger: silentLogger,
    })
    onTestFinished(() => log.close())
    const records = payloads(systemClock.now())
    await log.publish(records)
    const valid = records.filter((record) => decodeQuote(bytesOf(record), systemClock.now()).kind === 'quote').length

    expect(await startTickerlake(['stream', '--drain'], env).ended).toEqual({ code: 0, signal: null })
    expect(await startTickerlake(['write', '--drain'], env).ended).toEqual({ code: 0, signal: null })
    const [counts] = await sqlRows(
      `SELECT (SELECT count(*) FROM stocks) AS valid, (SELECT count(*) FROM dead_letters) AS dead,
              (SELECT count(DISTINCT (origin_partition, origin_offset)) FROM dead_letters) AS places`,
      env,
    )
    expect(counts).toEqual({ valid, dead: PAYLOADS - valid, places: PAYLOADS - valid })
    expect(valid).toBeGreaterThan(PAYLOADS / 20)
    expect(valid).toBeLessThan(PAYLOADS)
  }, 120_000)
})

/** Bytes, JSON, near misses, other people's headers and keys; a fixed seed, so that a failure can be looked at. */
function payloads(now: number): NewRecord[] {
  const field = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('AAPL', 'MSFT', 1.5, now, now / 1000, '2026-11-21T15:00:00Z', -1),
  )
  const nearMiss = fc.record({ symbol: field, price: field, timestamp: field, size: field }, { requiredKeys: [] })
  const honest = fc.record({
    symbol: fc.constantFrom('AAPL', 'TSLA'),
    price: fc.float({ min: 1, max: 500, noNaN: true }),
  })
  const text = fc.oneof(
    nearMiss.map((value) => JSON.stringify(value)),
    honest.map((value) => JSON.stringify({ ...value, timestamp: now })),
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )
  const value = fc.oneof(text, fc.uint8Array({ maxLength: 300 }), fc.constantFrom(null, '', 'x'.repeat(70_000)))
  const record = fc.record({
    topic: fc.constant(PRICES_TOPIC),
    key: fc.oneof(fc.constantFrom('AAPL', 'TSLA', null, ''), fc.uint8Array({ maxLength: 20 })),
    value,
    headers: fc.constantFrom({}, { trace: 'abc' }, { 'tickerlake-attempt': 'many' }),
  })
  return fc.sample(record, { numRuns: PAYLOADS, seed: 20_261_121 })
}

function bytesOf({ value }: NewRecord): Uint8Array | null {
  return typeof value === 'string' ? Buffer.from(value) : value
}
