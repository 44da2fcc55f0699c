// Promise: bad input gets a reason, is kept with its bytes, and blocks nothing behind it.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { deadTotal, unaccounted } from '#services/stream/outputs'
import { runStream } from '#services/stream/stream'
import { recordsOf } from '#support/log/topic_records'
import { temporaryFolder } from '#support/temporary_folder'

const PAYLOADS = 10_000
const HONEST = 1_000

/** Anything that may stand where a quote should: bytes, JSON, and quotes with one thing wrong. */
const payload = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }),
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        symbol: fc.oneof(fc.constantFrom('AAPL', '..', '', '__proto__', 'a'), fc.string()),
        price: fc.oneof(fc.double(), fc.constantFrom(1e308, 5e-324, 0, -1, '1', null), fc.integer()),
        timestamp: fc.oneof(
          fc.integer(),
          fc.double(),
          fc.constantFrom('2026-01-06T15:00:00Z', 1_767_711_600, 1e15, null),
        ),
        size: fc.oneof(fc.double(), fc.constantFrom(1.7e308, null, 'many')),
        dayVolume: fc.oneof(fc.double(), fc.constant({})),
        id: fc.oneof(fc.string(), fc.integer(), fc.constant([])),
        previousClose: fc.oneof(fc.double({ min: 0, noNaN: true }), fc.constant(0)),
        exchangeTimezoneName: fc.oneof(fc.string(), fc.constant('Asia/Tokyo')),
      },
      { requiredKeys: [] },
    )
    .map((fields) => JSON.stringify(fields)),
)

const key = fc.oneof(fc.constant('AAPL'), fc.constant(null), fc.string(), fc.uint8Array({ maxLength: 40 }))

test('fuzzed payloads are all quotes or dead letters, and the honest quotes among them get their bars', async () => {
  const log = openEmbeddedLog({ path: `${temporaryFolder()}/log.db`, clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(2))
  const fuzzed = fc.sample(fc.record({ topic: fc.constant(PRICES_TOPIC), key, value: payload }), {
    numRuns: PAYLOADS,
    seed: 1,
  })
  const now = systemClock.now()
  for (let n = 0; n < HONEST; n++) {
    const value = JSON.stringify({ symbol: 'HONEST', price: 1 + n, timestamp: now - HONEST * 100 + n * 100 })
    fuzzed.splice(n * 10, 0, { topic: PRICES_TOPIC, key: 'HONEST', value })
  }
  await log.publish(fuzzed)

  const counters = await runStream({
    ...{ log, config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, clock: systemClock, logger: silentLogger },
    ...{ checkpoints: openMemoryStore(), sinks: [], signal: AbortSignal.timeout(60_000), bounded: true },
  })

  expect(counters.read).toBe(PAYLOADS + HONEST + counters.rekeyed)
  expect(unaccounted(counters)).toBe(0)
  expect(Object.values(counters.dead).filter((count) => count > 0).length).toBeGreaterThan(8)
  expect(counters.placed).toBeGreaterThanOrEqual(HONEST)

  const originals = await recordsOf(log, PRICES_TOPIC)
  const letters = [...(await recordsOf(log, DEAD_LETTERS_TOPIC)).values()].flat()
  expect(letters).toHaveLength(deadTotal(counters))
  for (const record of letters) {
    const letter = JSON.parse(new TextDecoder().decode(record.value ?? undefined))
    const original = originals.get(letter.partition)?.find(({ offset }) => offset === letter.offset)
    expect(letter.value).toBe(base64(original?.value))
    expect(letter.key).toBe(base64(original?.key))
    expect(letter.detail.length).toBeLessThan(300)
  }
  await log.close()
})

function base64(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64')
}
