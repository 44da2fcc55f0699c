// The table properties that maintenance obeys, out of metaData.configuration. What cannot be understood is undefined,
// never a default: a wrong guess would delete what somebody wanted to keep. Source: PROTOCOL.md, Table Properties.

import { CHECKPOINT_INTERVAL_DEFAULT, LOG_RETENTION_DEFAULT_MS, TOMBSTONE_RETENTION_DEFAULT_MS } from '#delta/limits'
import type { Metadata } from '#delta/log/actions'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'

/** Commits from one checkpoint to the next: delta.checkpointInterval, else `fallback`. */
export function checkpointInterval({ configuration }: Metadata, fallback = CHECKPOINT_INTERVAL_DEFAULT): number {
  const interval = Number(configuration['delta.checkpointInterval'] ?? fallback)
  return Number.isSafeInteger(interval) && interval >= 1 ? interval : fallback
}

/** How long removed files stay known, in milliseconds; undefined when the property is not understood. */
export function tombstoneRetentionMs({ configuration }: Metadata): number | undefined {
  const text = configuration['delta.deletedFileRetentionDuration']
  return text === undefined ? TOMBSTONE_RETENTION_DEFAULT_MS : intervalMs(text)
}

/** How long log entries are kept, in milliseconds; undefined when the property is not understood. */
export function logRetentionMs({ configuration }: Metadata): number | undefined {
  const text = configuration['delta.logRetentionDuration']
  return text === undefined ? LOG_RETENTION_DEFAULT_MS : intervalMs(text)
}

/** Whether the log may be cleaned at all: delta.enableExpiredLogCleanup. */
export function mayCleanLog({ configuration }: Metadata): boolean {
  return (configuration['delta.enableExpiredLogCleanup'] ?? 'true').trim().toLowerCase() === 'true'
}

const UNIT_MS: Readonly<Record<string, number>> = {
  microsecond: 0.001,
  millisecond: 1,
  second: 1000,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
}

const INTERVAL = /^\s*(?:interval\s+)?(?<parts>\d+\s+[a-z]+(?:\s+\d+\s+[a-z]+)*)\s*$/i

/** An interval as Spark writes it (`interval 7 days`, `interval 1 week 2 hours`); undefined when it is none. */
export function intervalMs(text: string): number | undefined {
  const words = INTERVAL.exec(text)?.groups?.parts?.toLowerCase().split(/\s+/) ?? []
  let total = words.length === 0 ? Number.NaN : 0
  for (let at = 0; at < words.length; at += 2) {
    total += Number(words[at]) * (UNIT_MS[(words[at + 1] ?? '').replace(/s$/, '')] ?? Number.NaN)
  }
  return Number.isFinite(total) ? total : undefined
}
