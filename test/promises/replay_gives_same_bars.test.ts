// Promise: all decisions are pure functions of a partition's records in order, so a replay gives byte-equal bars and
// alerts, processing time aside.

import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { LogRecord } from '#log/event_log'
import { encodeLateQuote } from '#market/late_quote'
import { encodeQuote, quoteOf } from '#market/quote'
import { ALERTS_TOPIC, BARS_TOPIC, LATE_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createOutputs, type UnstampedLateQuote } from '#services/stream/outputs'
import { createPartitionState } from '#services/stream/state/partition_state'
import { runStream } from '#services/stream/stream'
import { advance, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'
import { recordsOf } from '#support/log/topic_records'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 3
const QUOTES = 20_000

/** A day of quotes, some out of order, some very late, a few of them not quotes at all. */
function publishedQuotes(now: number) {
  return Array.from({ length: QUOTES }, (_, n) => {
    const behind = n % 97 === 0 ? 600_000 : n % 13 === 0 ? 90_000 : n % 5 === 0 ? 1_500 : 0
    const timestamp = (now - QUOTES * 100 + n * 100 - behind) as EpochMs
    const symbol = `S${n % 17}`
    const price = Math.round(10_000 + 400 * Math.sin(n / 300 + (n % 17))) / 100
    const value = n % 501 === 0 ? '{"symbol":' : encodeQuote(quoteOf({ symbol, price, timestamp, size: n % 40 }))
    return { topic: PRICES_TOPIC, key: n % 3 === 0 ? null : symbol, value }
  })
}

test('running the recorded quotes through the topology again gives the same bars, alerts and late quotes', async () => {
  const log = openEmbeddedLog({ path: `${temporaryFolder()}/log.db`, clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(PARTITIONS))
  await log.publish(publishedQuotes(systemClock.now()))
  const parts = { config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, clock: systemClock, logger: silentLogger }
  const signal = AbortSignal.timeout(60_000)
  const checkpoints = openMemoryStore()
  const counters = await runStream({ ...parts, checkpoints, log, sinks: [], signal, bounded: true })

  const replayed = createOutputs()
  const quotes = await recordsOf(log, PRICES_TOPIC)
  for (const [partition, records] of quotes) replay(partition, records)
  function replay(partition: number, records: readonly LogRecord[]): void {
    const state = createPartitionState(partition, { ...DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES })
    for (const record of records) advance(state, arrivalOf(record, state.settings.decoder.view), replayed)
    drain(state, replayed)
  }

  expect(counters.alerts).toBeGreaterThan(20)
  expect(counters.late).toBeGreaterThan(20)
  expect(counters.revisions).toBeGreaterThan(20)
  expect(await valuesOf(BARS_TOPIC)).toEqual(texts(replayed.bars))
  expect(await valuesOf(ALERTS_TOPIC)).toEqual(texts(replayed.alerts))
  expect(await valuesOf(LATE_TOPIC)).toEqual(texts(replayed.late.map(lateValue)))
  await log.close()

  async function valuesOf(topic: string): Promise<string[]> {
    const records = [...(await recordsOf(log, topic)).values()].flat()
    return texts(records.map((record) => JSON.parse(new TextDecoder().decode(record.value ?? undefined))))
  }
})

/** A late quote as its topic has it, but for the processing time, which `texts` leaves out. */
function lateValue(late: UnstampedLateQuote): object {
  return JSON.parse(encodeLateQuote({ ...late, processingTime: 0 as EpochMs }))
}

/** Without the processing time; as the log keeps no order between partitions, in the order of the alphabet. */
function texts(values: readonly object[]): string[] {
  const processingTime = (name: string, value: unknown) => (name === 'processingTime' ? undefined : value)
  return values.map((value) => JSON.stringify(value, processingTime)).sort()
}
