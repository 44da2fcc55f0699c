import { expect, test } from 'vitest'
import { z } from 'zod'
import { exitCodeOf, type PlatformError } from '#runtime/errors'
import { booleanSetting, integerSetting, numberSetting, optionalInteger, readSettings } from '#runtime/settings'

const shape = {
  FLUSH_ROWS: integerSetting({ min: 1, max: 1_000, default: 100 }),
  SPEED: numberSetting({ min: 0, max: 10, default: 1 }),
  SSL: booleanSetting(false),
  PORT: optionalInteger({ min: 0, max: 65_535 }),
  NAME: z.string().optional(),
}

function errorOf(env: Record<string, string>): PlatformError {
  try {
    readSettings(env, shape)
  } catch (error) {
    return error as PlatformError
  }
  throw new Error('the settings were taken')
}

test('what is not set, or set to nothing, has its default', () => {
  const expected = { FLUSH_ROWS: 100, SPEED: 1, SSL: false, PORT: undefined, NAME: undefined }
  expect(readSettings({}, shape)).toEqual(expected)
  expect(readSettings({ FLUSH_ROWS: '', SPEED: '', SSL: '', PORT: '', NAME: '' }, shape)).toEqual(expected)
})

test('what is set is read', () => {
  const env = { FLUSH_ROWS: '1000', SPEED: '0.5', SSL: 'true', PORT: '0', NAME: 'x', OTHER: 'ignored' }
  expect(readSettings(env, shape)).toEqual({ FLUSH_ROWS: 1_000, SPEED: 0.5, SSL: true, PORT: 0, NAME: 'x' })
})

test('all wrong settings are named at once, and the exit code is 78', () => {
  const error = errorOf({ FLUSH_ROWS: '0', SPEED: 'fast', SSL: 'yes', PORT: '65536' })
  expect(error.code).toBe('CONFIG_INVALID')
  expect(exitCodeOf(error)).toBe(78)
  expect(error.message.split('\n')).toEqual([
    'wrong settings:',
    '  FLUSH_ROWS: must be a whole number from 1 to 1000',
    '  SPEED: must be a number from 0 to 10',
    '  SSL: must be true or false',
    '  PORT: must be a whole number from 0 to 65535',
  ])
})

test.each(['1.5', '1e3', '0x10', ' 1', '9'.repeat(30)])('%j is no whole number', (text) => {
  expect(errorOf({ FLUSH_ROWS: text }).message).toContain('FLUSH_ROWS')
})
