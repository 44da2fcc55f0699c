import { expect, test } from 'vitest'
import { misspeltSettings } from '#runtime/misspelt_settings'

const KNOWN = [
  'SOURCE',
  'DATA_DIR',
  'KAFKA_BROKERS',
  'POLL_INTERVAL_MS',
  'SIMULATOR_RATE',
  'REPLAY_FILE',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SECRET_ACCESS_KEY_FILE',
]

const nearest = (name: string) => misspeltSettings([name], KNOWN)[0]?.nearest

test.each([
  ['a wrong letter', 'SIMULATER_RATE', 'SIMULATOR_RATE'],
  ['a letter less', 'KAFKA_BROKER', 'KAFKA_BROKERS'],
  ['a letter more', 'SOURCES', 'SOURCE'],
  ['two swapped', 'DATA_DRI', 'DATA_DIR'],
  ['lower case', 'data_dir', 'DATA_DIR'],
  ['no unit', 'POLL_INTERVAL', 'POLL_INTERVAL_MS'],
  ['a beginning of ours', 'REPLAY_DIRECTORY', 'REPLAY_FILE'],
])('%s: %s is taken for %s', (_, name, expected) => {
  expect(nearest(name)).toBe(expected)
})

test.each([
  ...KNOWN,
  'PATH',
  'HOME',
  'RESOURCES',
  'KAFKA_HOME',
  'KAFKA_OPTS',
  'AWS_PROFILE',
  'AWS_DEFAULT_REGION',
  'AWS_SESSION_TOKEN',
  'AWS_ACCESS_KEY',
  'npm_config_cache',
  '',
])('%j is nobody’s mistake', (name) => {
  expect(nearest(name)).toBeUndefined()
})
