// The writer's own settings. A flush comes with whichever limit is met first.

import { integerSetting, type SettingsOf } from '#runtime/settings'

const MIB = 1024 * 1024

/** The variables that the writer reads besides those of the log and the lake. */
export const writerSettings = {
  FLUSH_INTERVAL_MS: integerSetting({ min: 50, max: 3_600_000, default: 5000 }),
  FLUSH_ROWS: integerSetting({ min: 1, max: 10_000_000, default: 100_000 }),
  FLUSH_BYTES: integerSetting({ min: 1024, max: 1024 * MIB, default: 64 * MIB }),
} as const

/** When a table's buffer is written. */
export interface WriterConfig {
  /** Age of the oldest row. */
  readonly flushIntervalMs: number
  readonly flushRows: number
  /** Bytes of the records' values, with an allowance for each row. */
  readonly flushBytes: number
}

/** The settings as the writer takes them. */
export function writerConfig(settings: SettingsOf<typeof writerSettings>): WriterConfig {
  return {
    flushIntervalMs: settings.FLUSH_INTERVAL_MS,
    flushRows: settings.FLUSH_ROWS,
    flushBytes: settings.FLUSH_BYTES,
  }
}
