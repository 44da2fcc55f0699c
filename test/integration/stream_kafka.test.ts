// Streams on a real Kafka: two share the partitions, one leaves in the middle of its work, another takes over; what
// is read committed from the output topics is what the recorded quotes come to in one undisturbed run.

import { expect, test } from 'vitest'
import type { EventLog, LogRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { encodeQuote, quoteOf } from '#market/quote'
import { ALERTS_TOPIC, BARS_TOPIC, DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createOutputs } from '#services/stream/outputs'
import { createPartitionState } from '#services/stream/state/partition_state'
import { runStream } from '#services/stream/stream'
import { advance, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { recordsOf } from '#support/log/topic_records'
import { describeWithKafka, uniqueName } from '#support/services/services'

const PARTITIONS = 4
const QUOTES = 24_000
const WAVE = 2_000
const WAVE_PAUSE_MS = 500
/** The quotes are this old, so that event time can run ahead of the test's own. */
const HISTORY_MS = 10 * 3_600_000
/** Silence is told by records alone here, however slow the machine: closing by the clock has tests of its own. */
const config = { ...DEFAULT_STREAM_CONFIG, idleCloseMs: 3_600_000 }
const rules = DEFAULT_ALERT_RULES.map((rule) => ({ ...rule, staleAfterMs: 2 * HISTORY_MS }))
const checkpoints = openMemoryStore()
const parts = { config, rules, checkpoints, clock: systemClock, logger: silentLogger }

/** A wave of quotes: a third without a key, some late, some broken, some out of order. */
function wave(first: number, now: number) {
  return Array.from({ length: WAVE }, (_, i) => {
    const n = first + i
    const behind = n % 97 === 0 ? 900_000 : n % 13 === 0 ? 90_000 : 0
    const timestamp = (now - HISTORY_MS + n * 50 - behind) as EpochMs
    const price = Math.round(10_000 + 400 * Math.sin(n / 300 + (n % 31))) / 100
    const symbol = `S${n % 31}`
    const value = n % 501 === 0 ? '{"symbol":' : encodeQuote(quoteOf({ symbol, price, timestamp, size: n % 40 }))
    return { topic: PRICES_TOPIC, key: n % 3 === 0 ? null : symbol, value }
  })
}

function openLog(brokers: string): Promise<EventLog> {
  const options = { clientId: uniqueName('stream'), ssl: false, clock: systemClock, logger: silentLogger }
  return openKafkaLog({ brokers: brokers.split(','), ...options })
}

describeWithKafka('on Kafka', ({ brokers }) => {
  /** A stream as a process has it. `working` resolves when it has emitted bars, `ended` when it has left. */
  async function startStream() {
    const log = await openLog(brokers)
    const leave = new AbortController()
    const working = Promise.withResolvers<void>()
    const ended = runStream({ ...parts, log, sinks: [], signal: leave.signal, onBars: () => working.resolve() })
    return { leave: () => leave.abort(), working: working.promise, ended: ended.finally(() => log.close()) }
  }

  test('streams that come and go put out what one undisturbed run does, once', async () => {
    await deletePlatformTopics(brokers)
    const log = await openLog(brokers)
    await log.createTopics(topicSpecs(PARTITIONS))
    const now = systemClock.now()
    const publish = async (from: number, to: number) => {
      for (let first = from; first < to; first += WAVE) await log.publish(wave(first, now))
    }
    const [staying, leaving] = [await startStream(), await startStream()]
    await publish(0, QUOTES / 3)
    await Promise.race([leaving.working, staying.working])
    leaving.leave()
    await publish(QUOTES / 3, (QUOTES * 2) / 3)
    await leaving.ended
    const coming = await startStream()
    let bothWork = false
    const working = Promise.all([staying.working, coming.working]).then(() => {
      bothWork = true
    })
    for (let first = (QUOTES * 2) / 3; first < QUOTES || !bothWork; first += WAVE) {
      await publish(first, first + WAVE)
      // A group may wait half a minute for a member that left while it was joining: not to be filled with quotes
      // meanwhile.
      await Promise.race([working, systemClock.sleep(WAVE_PAUSE_MS)])
    }
    await working
    for (const stream of [staying, coming]) stream.leave()
    await Promise.all([staying.ended, coming.ended])
    await runStream({ ...parts, log, sinks: [], signal: AbortSignal.timeout(120_000), bounded: true })

    const expected = replayed(await recordsOf(log, PRICES_TOPIC))
    for (const [topic, values] of Object.entries(expected)) {
      const records = [...(await recordsOf(log, topic)).values()].flat()
      const found = records.map(({ value }) => JSON.parse(new TextDecoder().decode(value ?? undefined)))
      expect(values.length).toBeGreaterThan(20)
      expect(comparable(topic, found)).toEqual(comparable(topic, values))
    }
    await log.close()
  }, 300_000)
})

/** What the recorded quotes come to, by topic. */
function replayed(quotes: ReadonlyMap<number, readonly LogRecord[]>): Record<string, readonly object[]> {
  const out = createOutputs()
  for (const [partition, records] of quotes) {
    const state = createPartitionState(partition, { ...config, rules })
    for (const record of records) advance(state, arrivalOf(record, state.settings.decoder.view), out)
    drain(state, out)
  }
  return {
    [BARS_TOPIC]: out.bars,
    [ALERTS_TOPIC]: out.alerts,
    [LATE_TOPIC]: out.late,
    [DEAD_LETTERS_TOPIC]: out.deadLetters,
  }
}

/** Whole bars and alerts without their processing time; of late quotes and dead letters the places they stood at. */
function comparable(topic: string, values: readonly object[]): string[] {
  const place = (value: Record<string, unknown>) => {
    const late = (value.late ?? value) as Record<string, unknown>
    if (topic === LATE_TOPIC) return [late.originPartition, late.originOffset, late.lateBy]
    if (topic === DEAD_LETTERS_TOPIC) return [value.partition, value.offset, value.reason]
    return { ...value, processingTime: undefined }
  }
  return values.map((value) => JSON.stringify(place(value as Record<string, unknown>))).sort()
}
