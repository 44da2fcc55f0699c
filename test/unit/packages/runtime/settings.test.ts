import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodeOf, type PlatformError } from '#runtime/errors'
import {
  booleanSetting,
  type Env,
  integerSetting,
  numberSetting,
  optionalInteger,
  readAllSettings,
  readSettings,
  type SettingsGroup,
  secretSetting,
  settingNames,
  settingsGroup,
  textSetting,
  withPrefix,
} from '#runtime/settings'
import { temporaryFolder } from '#support/temporary_folder'

const group = settingsGroup({
  FLUSH_ROWS: integerSetting({ min: 1, max: 1_000, default: 100 }),
  SPEED: numberSetting({ min: 0, max: 10, default: 1 }),
  SSL: booleanSetting(false),
  PORT: optionalInteger({ min: 0, max: 65_535 }),
  NAME: textSetting().optional(),
})

function errorOf(env: Env, groups: readonly SettingsGroup[] = [group]): PlatformError {
  try {
    readAllSettings(env, groups)
  } catch (error) {
    return error as PlatformError
  }
  throw new Error('the settings were taken')
}

test('what is not set, or set to nothing, has its default', () => {
  const expected = { FLUSH_ROWS: 100, SPEED: 1, SSL: false, PORT: undefined, NAME: undefined }
  expect(readSettings({}, group)).toEqual(expected)
  expect(readSettings({ FLUSH_ROWS: '', SPEED: '', SSL: '', PORT: '', NAME: '' }, group)).toEqual(expected)
})

test('what is set is read', () => {
  const env = { FLUSH_ROWS: '1000', SPEED: '0.5', SSL: 'true', PORT: '0', NAME: 'x', OTHER: 'ignored' }
  expect(readSettings(env, group)).toEqual({ FLUSH_ROWS: 1_000, SPEED: 0.5, SSL: true, PORT: 0, NAME: 'x' })
})

test('all wrong settings are named at once, and the exit code is 78', () => {
  const error = errorOf({ FLUSH_ROWS: '0', SPEED: 'fast', SSL: 'yes', PORT: '65536' })
  expect(error.code).toBe('CONFIG_INVALID')
  expect(exitCodeOf(error)).toBe(78)
  expect(error.message.split('\n')).toEqual([
    'wrong settings:',
    '  FLUSH_ROWS must be a whole number from 1 to 1000, not "0"',
    '  SPEED must be a number from 0 to 10, not "fast"',
    '  SSL must be true or false, not "yes"',
    '  PORT must be a whole number from 0 to 65535, not "65536"',
  ])
})

test.each(['1.5', '1e3', '0x10', ' 1', '9'.repeat(30)])('%j is no whole number', (text) => {
  expect(errorOf({ FLUSH_ROWS: text }).message).toContain('FLUSH_ROWS')
})

describe('what settings must be together', () => {
  const pair = settingsGroup({ LOW: optionalInteger({ min: 0, max: 9 }), HIGH: optionalInteger({ min: 0, max: 9 }) })
    .together(['LOW', 'HIGH'], ({ LOW = 0, HIGH = 9 }) =>
      LOW > HIGH ? `LOW ${LOW} must not be above HIGH ${HIGH}` : null,
    )
    .together(['LOW'], ({ LOW }) => (LOW === 7 ? 'LOW must not be 7' : null))

  test('is in the same list as all else, each group in its turn', () => {
    expect(errorOf({ LOW: '7', HIGH: '1', SPEED: '-1' }, [pair, group]).message.split('\n').slice(1)).toEqual([
      '  LOW 7 must not be above HIGH 1',
      '  LOW must not be 7',
      '  SPEED must be a number from 0 to 10, not "-1"',
    ])
  })

  test('is not asked of what is wrong by itself', () => {
    expect(errorOf({ LOW: '7', HIGH: 'x' }, [pair]).message.split('\n').slice(1)).toEqual([
      '  HIGH must be a whole number from 0 to 9, not "x"',
      '  LOW must not be 7',
    ])
    expect(readSettings({ LOW: '1', HIGH: '2' }, pair)).toEqual({ LOW: 1, HIGH: 2 })
  })
})

test('a variable of two groups is told once, and each group has its own values', () => {
  const other = settingsGroup({ SPEED: group.shape.SPEED, OTHER: textSetting().default('x') })
  expect(errorOf({ SPEED: 'fast' }, [group, other]).message.match(/SPEED/g)).toHaveLength(1)
  const settings = readAllSettings({ SPEED: '2' }, [group, other])
  expect(settings.of(other)).toEqual({ SPEED: 2, OTHER: 'x' })
  expect(() => settings.of(settingsGroup({ SPEED: group.shape.SPEED }))).toThrow(/were not read: SPEED/)
})

describe('a secret', () => {
  const keys = settingsGroup({ KEY: secretSetting(), USER: textSetting().optional() })
  const fileOf = (text: string) => {
    const path = join(temporaryFolder(), 'secret')
    writeFileSync(path, text)
    return path
  }

  test('may be given as a file, with or without a line end; its own variable goes first', () => {
    expect(readSettings({ KEY_FILE: fileOf('hunter2\r\n') }, keys).KEY).toBe('hunter2')
    expect(readSettings({ KEY: 'own', KEY_FILE: '/nowhere' }, keys).KEY).toBe('own')
    expect(readSettings({ KEY: '', KEY_FILE: '' }, keys).KEY).toBeUndefined()
    expect(settingNames([keys, group])).toEqual(['KEY', 'KEY_FILE', 'USER', ...Object.keys(group.shape)])
  })

  test('whose file is not there, or empty, stands in the list with all else', () => {
    const empty = fileOf('\n')
    expect(errorOf({ KEY_FILE: '/nowhere', SPEED: '-1' }, [keys, group]).message).toMatch(
      /\n {2}KEY_FILE names \/nowhere, which cannot be read: .*\n {2}SPEED /,
    )
    expect(errorOf({ KEY_FILE: empty }, [keys]).message).toContain(`KEY_FILE names ${empty}, which is empty`)
  })

  test.each([
    ['mapped', secretSetting().map((value) => ({ value }))],
    ['refined', secretSetting().refine(() => true, 'must be right')],
    ['optional', secretSetting().optional()],
    ['with a default', secretSetting().default('none')],
  ])('that is %s is still one', (_, setting) => {
    expect(readSettings({ KEY_FILE: fileOf('hunter2') }, settingsGroup({ KEY: setting })).KEY).toBe('hunter2')
  })

  test('that is wrong is not shown', () => {
    const wrong = settingsGroup({ KEY: secretSetting().refine(() => false, 'must be longer') })
    expect(errorOf({ KEY: 'hunter2' }, [wrong]).message).toBe('wrong setting: KEY must be longer')
  })
})

describe('settings for a second place', () => {
  const first = settingsGroup({
    ENDPOINT: textSetting().optional(),
    KEY: secretSetting(),
    REGION: textSetting().default('here'),
    SIZE: optionalInteger({ min: 1, max: 9 }),
  }).together(['ENDPOINT', 'KEY'], ({ ENDPOINT, KEY }) =>
    KEY !== undefined && ENDPOINT === undefined ? 'ENDPOINT must be set, since KEY is; see ENDPOINTS' : null,
  )
  const second = withPrefix('SECOND_', first)
  const groups = [first, second]

  test('are those of the first one until one of its own is set', () => {
    const env = { ENDPOINT: 'a', KEY: 'k', REGION: 'there', SIZE: '3', SECOND_SIZE: '' }
    const settings = readAllSettings(env, groups)
    expect(settings.of(second)).toEqual(settings.of(first))
    expect(settings.prefixOf(second)).toBe('')
  })

  test('are its own alone from then on', () => {
    const env = { ENDPOINT: 'a', KEY: 'k', REGION: 'there', SIZE: '3', SECOND_SIZE: '4' }
    const settings = readAllSettings(env, groups)
    expect(settings.of(first)).toEqual({ ENDPOINT: 'a', KEY: 'k', REGION: 'there', SIZE: 3 })
    expect(settings.of(second)).toEqual({ ENDPOINT: undefined, KEY: undefined, REGION: 'here', SIZE: 4 })
    expect(settings.prefixOf(second)).toBe('SECOND_')
    expect(settings.prefixOf(first)).toBe('')
  })

  test('may be given as files', () => {
    const file = join(temporaryFolder(), 'key')
    writeFileSync(file, 'from a file\n')
    const settings = readAllSettings({ KEY: 'k', SECOND_ENDPOINT: 'b', SECOND_KEY_FILE: file, ENDPOINT: 'a' }, groups)
    expect(settings.of(second).KEY).toBe('from a file')
    expect(readAllSettings({ SECOND_KEY_FILE: file, SECOND_ENDPOINT: 'b' }, groups).of(first).KEY).toBeUndefined()
  })

  test('are named as they were given when they are wrong', () => {
    expect(errorOf({ SECOND_SIZE: '10' }, groups).message).toBe(
      'wrong setting: SECOND_SIZE must be a whole number from 1 to 9, not "10"',
    )
    expect(errorOf({ SECOND_KEY: 'k' }, groups).message).toBe(
      'wrong setting: SECOND_ENDPOINT must be set, since SECOND_KEY is; see ENDPOINTS',
    )
  })

  test('have names of their own', () => {
    expect(settingNames(groups)).toEqual([
      ...['ENDPOINT', 'KEY', 'KEY_FILE', 'REGION', 'SIZE'],
      ...['SECOND_ENDPOINT', 'SECOND_KEY', 'SECOND_KEY_FILE', 'SECOND_REGION', 'SECOND_SIZE'],
    ])
  })
})
