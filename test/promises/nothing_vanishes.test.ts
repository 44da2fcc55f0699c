// Promise: valid + dead = records read; every valid quote is in a bar, late, a duplicate, or published again with its
// right key and counted there. It holds over stops and starts in the middle.

import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { ORIGIN_HEADER } from '#market/headers'
import { encodeQuote, quoteOf } from '#market/quote'
import { BARS_TOPIC, DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { recordsOf } from '#support/log/topic_records'
import { temporaryFolder } from '#support/temporary_folder'

const QUOTES = 12_000
const ROUNDS = 4

/** Every kind of record there is: rightly keyed, wrongly or not at all, disordered, very late, repeated, broken. */
function roundOf(round: number, now: number) {
  return Array.from({ length: QUOTES }, (_, n) => {
    const behind = n % 211 === 0 ? 3_600_000 : n % 7 === 0 ? 45_000 : 0
    const timestamp = (now - QUOTES * 50 + n * 50 - behind) as EpochMs
    const symbol = `S${n % 23}`
    const id = n % 19 === 0 ? `twice-${n % 38}` : `${round}-${n}`
    const value =
      n % 101 === 0 ? `{"symbol":"${symbol}"}` : encodeQuote(quoteOf({ symbol, price: 1 + n, timestamp, id }))
    return { topic: PRICES_TOPIC, key: n % 4 === 0 ? null : n % 41 === 0 ? 'OTHER' : symbol, value }
  })
}

/** Runs the stream; `stopAfter` bar emissions it is stopped in the middle, else it runs to the log's end. */
async function runOnce(log: EventLog, stopAfter: number): Promise<number> {
  const stop = new AbortController()
  let emissions = 0
  const onBars = () => {
    if (++emissions >= stopAfter) stop.abort()
  }
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)])
  const parts = { config: DEFAULT_STREAM_CONFIG, rules: [], clock: systemClock, logger: silentLogger, sinks: [] }
  const checkpoints = openMemoryStore()
  const counters = await runStream({ ...parts, checkpoints, log, signal, bounded: true, onBars })
  return counters.duplicates + counters.repetitions
}

test('every record of stock-prices is accounted for exactly once, over stops and starts', async () => {
  const log = openEmbeddedLog({ path: `${temporaryFolder()}/log.db`, clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(3))
  let ignored = 0
  for (let round = 0; round < ROUNDS; round++) {
    await log.publish(roundOf(round, systemClock.now()))
    ignored += await runOnce(log, 1 + round)
  }
  ignored += await runOnce(log, Number.POSITIVE_INFINITY)

  const quotes = [...(await recordsOf(log, PRICES_TOPIC)).values()].flat()
  const origins = quotes.flatMap(({ headers }) => {
    const origin = headers?.[ORIGIN_HEADER]
    return origin === undefined ? [] : [new TextDecoder().decode(origin)]
  })
  const bars = await valuesOf(log, BARS_TOPIC)
  const latest = new Map<string, { count: number; revision: number }>()
  for (const bar of bars) {
    const name = `${bar.symbol} ${bar.windowStart}`
    const known = latest.get(name)
    expect(bar.revision).toBe(known === undefined ? 0 : known.revision + 1)
    latest.set(name, bar)
  }
  const inBars = [...latest.values()].reduce((sum, bar) => sum + bar.count, 0)
  const late = (await valuesOf(log, LATE_TOPIC)).length
  const dead = (await valuesOf(log, DEAD_LETTERS_TOPIC)).length

  expect(new Set(origins).size).toBe(origins.length)
  expect(quotes).toHaveLength(ROUNDS * QUOTES + origins.length)
  expect(inBars + late + dead + ignored + origins.length).toBe(quotes.length)
  for (const count of [inBars, late, dead, ignored, origins.length]) expect(count).toBeGreaterThan(100)
  await log.close()
})

async function valuesOf(log: EventLog, topic: string) {
  const records = [...(await recordsOf(log, topic)).values()].flat()
  return records.map(({ value }) => JSON.parse(new TextDecoder().decode(value ?? undefined)))
}
