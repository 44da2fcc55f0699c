// Live records on an embedded log of the test's own, with topics and a history that are given.

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, NewRecord } from '#log/event_log'
import { encodeQuote, type Quote, quoteOf } from '#market/quote'
import { ALERTS_TOPIC, BARS_TOPIC, PRICES_TOPIC, topicSpecs } from '#market/topics'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, MINUTE_MS } from '#runtime/units'
import type { AlertRow, BarRow } from '#services/web/api'
import { type LiveParts, runLive } from '#services/web/live/live'
import { LiveRecords, type LiveRecordsOptions } from '#services/web/live/live_records'
import type { LiveHistory, LiveSeeds, TableAlerts } from '#services/web/live/seam'
import { defaultDecoder } from '#support/decoder'
import { temporaryFolder } from '#support/temporary_folder'
import { NOON, UTC_DAYS } from './live_driver.ts'

/** Tables that hold nothing. */
export const NO_SEEDS: LiveSeeds = {
  quotes: [],
  alerts: [],
  taken: { quotes: null, bars: null, alerts: null },
}

/** No alerts of a table that has taken in nothing. */
export const NO_ALERTS: TableAlerts = { alerts: [], taken: null }

/** A history of tables that hold nothing. */
export const NO_HISTORY: LiveHistory = {
  seeds: async () => NO_SEEDS,
  lines: async () => new Map(),
  alerts: async () => NO_ALERTS,
}

/** It goes on as the system's does, from noon on, so that no day ends while a test runs. */
export const NOON_CLOCK: Clock = {
  now: () => (NOON + Math.floor(performance.now())) as EpochMs,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
}

/** An embedded log with the platform's topics, closed at the end of the test. */
export async function platformLog({ partitions = 2, clock = NOON_CLOCK }: LogOptions = {}): Promise<EventLog> {
  const log = openEmbeddedLog({ path: join(temporaryFolder(), 'log.sqlite'), clock, logger: silentLogger })
  onTestFinished(() => log.close())
  await log.createTopics(topicSpecs(partitions))
  return log
}

export interface LogOptions {
  readonly partitions?: number
  readonly clock?: Clock
}

/** Keeps live records going until the end of the test, or until it is stopped. */
export function startLive(
  log: EventLog,
  parts: Partial<LiveParts> = {},
  limits: Pick<LiveRecordsOptions, 'symbolsMax'> = {},
) {
  const abort = new AbortController()
  const records = new LiveRecords({
    barIntervalMs: MINUTE_MS,
    calendars: UTC_DAYS,
    id: `${Math.trunc(performance.now() * 1_000)}`,
    ...limits,
  })
  let ids = 0
  const running = runLive(records, {
    ...{ log, decoder: defaultDecoder, barIntervalMs: MINUTE_MS, history: NO_HISTORY, clock: NOON_CLOCK },
    ...{
      calendars: UTC_DAYS,
      random: () => 0.5,
      newId: () => `${ids++}`,
      logger: silentLogger,
      signal: abort.signal,
      ...parts,
    },
  })
  const ended = running.then(
    () => ({}),
    (error: unknown) => ({ error }),
  )
  const stop = () => {
    abort.abort()
    return ended
  }
  onTestFinished(async () => void (await stop()))
  return { records, ended, stop }
}

/** A quote's record. */
export function quoteRecord(
  fields: Pick<Quote, 'symbol' | 'price'> & Partial<Omit<Quote, 'timestamp'>> & { readonly timestamp: number },
  partition?: number,
): NewRecord {
  const value = encodeQuote(quoteOf({ ...fields, timestamp: fields.timestamp as EpochMs }))
  return { topic: PRICES_TOPIC, key: fields.symbol, value, ...(partition !== undefined && { partition }) }
}

/** A bar's record. */
export function barRecord(symbol: string, row: BarRow, partition = 0): NewRecord {
  return { topic: BARS_TOPIC, key: symbol, value: JSON.stringify({ symbol, ...row }), partition }
}

/** An alert's record. */
export function alertRecord(row: AlertRow, partition = 0): NewRecord {
  return { topic: ALERTS_TOPIC, key: row.symbol, value: JSON.stringify(row), partition }
}
