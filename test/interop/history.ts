// What a backfill publishes, landed by the platform: dates around 1970 and leap days, numbers that are not known.

import { expect } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { NewRecord } from '#log/event_log'
import { encodeHistoryBar, HISTORY_GRAINS, type HistoryGrain } from '#market/history/history_bar'
import { encodeHistoryDay } from '#market/history/history_day'
import { SESSIONS, type Session } from '#market/session'
import { HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC, topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { epochMs } from '#runtime/units'
import { embeddedLogFile } from '#services/platform/places'
import { historyBar, historyDay } from '#support/lake/history_records'
import { startTickerlake } from '#support/start_tickerlake'

export const HISTORY_BARS = 300

const PARTITIONS = 2

export const HISTORY_DATES = ['1969-12-31', '1970-01-01', '2000-02-29', '2026-11-27', '2027-01-01', '2038-01-20']

/** Publishes history into a new log, and lands it, as many rows a commit. */
export async function landHistory(folder: string, flushRows: number): Promise<void> {
  await publishHistory(folder, records(), flushRows)
}

/** Publishes records into the folder's log, and lands them, as many rows a commit. */
export async function publishHistory(folder: string, history: readonly NewRecord[], flushRows: number): Promise<void> {
  const path = embeddedLogFile({ DATA_DIR: folder } as never) as string
  const log = openEmbeddedLog({ path, clock: systemClock, logger: silentLogger })
  await log.createTopics(topicSpecs(PARTITIONS))
  await log.publish(history)
  await log.close()
  const settings = { DATA_DIR: folder, FLUSH_ROWS: String(flushRows), LOG_LEVEL: 'error' }
  const drained = startTickerlake(['write', '--drain'], settings)
  expect(await drained.ended, drained.stderr.join('\n')).toEqual({ code: 0, signal: null })
}

function records() {
  const bars = Array.from({ length: HISTORY_BARS }, (_, n) => {
    const tradeDate = HISTORY_DATES[n % HISTORY_DATES.length] as string
    const windowStart = epochMs(Date.parse(`${tradeDate}T14:30:00Z`) + n * 60_000)
    return historyBar({
      symbol: `S${n % 7}`,
      grain: HISTORY_GRAINS[n % HISTORY_GRAINS.length] as HistoryGrain,
      tradeDate,
      windowStart,
      windowEnd: epochMs(windowStart + 60_000),
      close: 0.1 + n,
      volume: n % 3 === 0 ? null : n,
      session: SESSIONS[n % SESSIONS.length] as Session,
    })
  })
  const days = HISTORY_DATES.map((tradeDate, n) => historyDay({ tradeDate, bars: n }))
  return [
    ...bars.map((bar) => ({ topic: HISTORY_BARS_TOPIC, key: bar.symbol, value: encodeHistoryBar(bar) })),
    ...days.map((day) => ({ topic: HISTORY_DAYS_TOPIC, key: day.symbol, value: encodeHistoryDay(day) })),
  ]
}
