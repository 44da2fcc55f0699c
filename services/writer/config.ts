// The writer's own settings. A flush comes with whichever limit is met first; small files are merged when a partition
// has enough of them that are old enough.

import { COMPACT_TARGET_BYTES_DEFAULT } from '#delta/limits'
import { booleanSetting, integerSetting, type SettingsOf, settingsGroup } from '#runtime/settings'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'
import type { CompactionConfig } from '#services/writer/maintenance/maintenance'

const MIB = 1024 * 1024

/** How tables are compacted, by the writer and by `tickerlake compact`. */
export const compactionTargetSettings = settingsGroup({
  COMPACT_TARGET_BYTES: integerSetting({ min: 1024, max: 1024 * MIB, default: COMPACT_TARGET_BYTES_DEFAULT }),
})

/** The variables that the writer reads besides those of the log and the lake. */
export const writerSettings = settingsGroup({
  FLUSH_INTERVAL_MS: integerSetting({ min: 50, max: HOUR_MS, default: 5000 }),
  FLUSH_ROWS: integerSetting({ min: 1, max: 10_000_000, default: 100_000 }),
  FLUSH_BYTES: integerSetting({ min: 1024, max: 1024 * MIB, default: 64 * MIB }),
  COMPACT_MIN_FILES: integerSetting({ min: 0, max: 100_000, default: 50 }),
  COMPACT_MIN_AGE_MS: integerSetting({ min: 0, max: DAY_MS, default: 5 * MINUTE_MS }),
  ...compactionTargetSettings.shape,
  IN_COMMIT_TIMESTAMPS: booleanSetting(false),
})

/** When a table's buffer is written, and how a new table is made. */
export interface WriterConfig {
  /** Age of the oldest row. */
  readonly flushIntervalMs: number
  readonly flushRows: number
  /** Bytes of the records' values, with an allowance for each row. */
  readonly flushBytes: number
  /** Whether new tables have in-commit timestamps; absent: no. */
  readonly inCommitTimestamps?: boolean
  /** Absent: the writer merges nothing by itself. */
  readonly compaction?: CompactionConfig
}

/** The settings as the writer takes them. */
export function writerConfig(settings: SettingsOf<typeof writerSettings.shape>): WriterConfig {
  return {
    flushIntervalMs: settings.FLUSH_INTERVAL_MS,
    flushRows: settings.FLUSH_ROWS,
    flushBytes: settings.FLUSH_BYTES,
    inCommitTimestamps: settings.IN_COMMIT_TIMESTAMPS,
    ...(settings.COMPACT_MIN_FILES === 0 ? {} : { compaction: compactionConfig(settings) }),
  }
}

/** Merging takes two files, so 1 means 2. */
function compactionConfig(settings: SettingsOf<typeof writerSettings.shape>): CompactionConfig {
  return {
    filesMin: Math.max(2, settings.COMPACT_MIN_FILES),
    fileAgeMinMs: settings.COMPACT_MIN_AGE_MS,
    targetBytes: settings.COMPACT_TARGET_BYTES,
  }
}
