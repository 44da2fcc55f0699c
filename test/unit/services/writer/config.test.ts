import { expect, test } from 'vitest'
import { readSettings } from '#runtime/settings'
import { writerConfig, writerSettings } from '#services/writer/config'

test('unset, the limits of a flush are 5 s, 100,000 rows and 64 MiB', () => {
  const config = writerConfig(readSettings({}, writerSettings))
  expect(config).toMatchObject({ flushIntervalMs: 5000, flushRows: 100_000, flushBytes: 67_108_864 })
})

test('unset, 50 files of a partition are merged once they are 5 minutes old, into files of 64 MiB', () => {
  const { compaction } = writerConfig(readSettings({}, writerSettings))
  expect(compaction).toEqual({ filesMin: 50, fileAgeMinMs: 300_000, targetBytes: 67_108_864 })
})

test('unset, new tables stay plain', () => {
  expect(writerConfig(readSettings({}, writerSettings)).inCommitTimestamps).toBe(false)
})

test('COMPACT_MIN_FILES=0 turns merging off', () => {
  expect(writerConfig(readSettings({ COMPACT_MIN_FILES: '0' }, writerSettings))).not.toHaveProperty('compaction')
})

test('set, they are what the variables say', () => {
  const compaction = { COMPACT_MIN_FILES: '1', COMPACT_MIN_AGE_MS: '9', COMPACT_TARGET_BYTES: '8192' }
  const env = {
    FLUSH_INTERVAL_MS: '250',
    FLUSH_ROWS: '7',
    FLUSH_BYTES: '4096',
    IN_COMMIT_TIMESTAMPS: 'true',
    ...compaction,
  }
  expect(writerConfig(readSettings(env, writerSettings))).toEqual({
    flushIntervalMs: 250,
    flushRows: 7,
    flushBytes: 4096,
    inCommitTimestamps: true,
    compaction: { filesMin: 2, fileAgeMinMs: 9, targetBytes: 8192 },
  })
})

test('wrong ones are all named', () => {
  const env = { FLUSH_INTERVAL_MS: 'soon', FLUSH_ROWS: '0', FLUSH_BYTES: '1.5' }
  expect(() => readSettings(env, writerSettings)).toThrow(/FLUSH_INTERVAL_MS.*FLUSH_ROWS.*FLUSH_BYTES/s)
})
