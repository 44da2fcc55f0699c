import { expect, test } from 'vitest'
import { readSettings } from '#runtime/settings'
import { writerConfig, writerSettings } from '#services/writer/config'

test('unset, the limits of a flush are 5 s, 100,000 rows and 64 MiB', () => {
  const config = writerConfig(readSettings({}, writerSettings))
  expect(config).toEqual({ flushIntervalMs: 5000, flushRows: 100_000, flushBytes: 67_108_864 })
})

test('set, they are what the variables say', () => {
  const env = { FLUSH_INTERVAL_MS: '250', FLUSH_ROWS: '7', FLUSH_BYTES: '4096' }
  expect(writerConfig(readSettings(env, writerSettings))).toEqual({
    flushIntervalMs: 250,
    flushRows: 7,
    flushBytes: 4096,
  })
})

test('wrong ones are all named', () => {
  const env = { FLUSH_INTERVAL_MS: 'soon', FLUSH_ROWS: '0', FLUSH_BYTES: '1.5' }
  expect(() => readSettings(env, writerSettings)).toThrow(/FLUSH_INTERVAL_MS.*FLUSH_ROWS.*FLUSH_BYTES/s)
})
