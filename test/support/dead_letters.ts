// Dead letters to be redriven, and what must hold afterwards: each was published again once, whatever happened.

import { expect } from 'vitest'
import type { EventLog, LogRecord } from '#log/event_log'
import type { DeadLetter } from '#market/dead_letter'
import { ATTEMPT_HEADER } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs, Offset } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { recordsOf } from '#support/log/topic_records'

/** A letter with something in every member but its key. */
export const SOME_LETTER: DeadLetter = {
  reason: 'not_json',
  detail: 'd',
  topic: PRICES_TOPIC,
  partition: 5,
  offset: 9 as Offset,
  ingestTime: 1 as EpochMs,
  key: null,
  value: Uint8Array.of(1, 2),
  headers: { a: Uint8Array.of(3) },
  attempt: 2,
  processingTime: 4 as EpochMs,
}

/** Publishes so many records that are no JSON, each with a value of its own, among quotes. */
export async function publishBroken(log: EventLog, count: number): Promise<void> {
  const now = systemClock.now()
  const records = Array.from({ length: count }, (_, i) => [
    { topic: PRICES_TOPIC, key: `S${i % 7}`, value: `{"broken":${i}` },
    { topic: PRICES_TOPIC, key: 'AAPL', value: JSON.stringify({ symbol: 'AAPL', price: 1 + i, timestamp: now }) },
  ])
  await log.publish(records.flat())
}

/** Lets the stream take the log to its end. */
export async function streamToEnd(log: EventLog): Promise<void> {
  const parts = { clock: systemClock, logger: silentLogger, signal: AbortSignal.timeout(60_000), bounded: true }
  await runStream({
    ...parts,
    log,
    config: DEFAULT_STREAM_CONFIG,
    rules: [],
    checkpoints: openMemoryStore(),
    sinks: [],
  })
}

/** The records of stock-prices that a redrive has published, with the partition where they stand. */
export async function redrivenIn(log: EventLog): Promise<{ partition: number; record: LogRecord; value: string }[]> {
  const all = [...(await recordsOf(log, PRICES_TOPIC))]
  return all.flatMap(([partition, records]) =>
    records
      .filter((record) => record.headers !== null && ATTEMPT_HEADER in record.headers)
      .map((record) => ({ partition, record, value: new TextDecoder().decode(record.value ?? undefined) })),
  )
}

/** Checks that each of `count` broken records was published again exactly once. */
export async function expectEachOnce(log: EventLog, count: number): Promise<void> {
  const values = (await redrivenIn(log)).map(({ value }) => value)
  expect(new Set(values).size, 'none twice').toBe(values.length)
  expect(values.length, 'none missing').toBe(count)
}
