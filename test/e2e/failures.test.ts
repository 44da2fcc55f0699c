// What goes wrong at a user's: one clear line, the right exit code, never a stack trace.

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

async function outcomeOf(args: readonly string[], env: Env) {
  const command = startTickerlake(args, env)
  command.input('')
  const { code } = await command.ended
  return { code, stderr: command.stderr.join('\n'), stdout: command.stdout.join('\n') }
}

test.each([
  ['no command', [], 0, /Usage: tickerlake <command>/],
  ['help', ['--help'], 0, /start .*\n/],
  ['help of a command', ['sql', '--help'], 0, /Usage: tickerlake sql/],
  ['a version', ['--version'], 0, /^\d+\.\d+\.\d+$/],
])('%s is answered on stdout', async (_name, args, code, expected) => {
  const outcome = await outcomeOf(args, {})
  expect(outcome).toMatchObject({ code, stderr: '' })
  expect(outcome.stdout).toMatch(expected)
})

test('init prints text, also in a pipe', async () => {
  const folder = temporaryFolder()
  expect(await outcomeOf(['init'], { DATA_DIR: folder })).toEqual({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(
      /^.*lake\/bronze keeps conditional writes\ntopics are there: stock-prices, [a-z0-9-, ]+$/,
    ),
  })
})

const wrong: [string, readonly string[], Env, number, RegExp][] = [
  ['an unknown command', ['frobnicate'], {}, 2, /there is no command "frobnicate"; there are: start, /],
  ['a mistyped command', ['sq'], {}, 2, /^tickerlake: there is no command "sq"; did you mean "sql"\? \[USAGE\]$/],
  [
    'an unknown option',
    ['start', '--fast'],
    {},
    2,
    /^tickerlake: start: there is no option --fast; see `tickerlake start --help` \[USAGE\]$/,
  ],
  [
    'wrong settings of all services, in one list',
    ['start'],
    {
      FLUSH_ROWS: '0',
      SOURCE: 'replay',
      IDLE_CLOSE_MS: 'x',
      METRICS_PORT: '-1',
      ALERT_RULES: '/nowhere',
      KAFKA_SSL: '1',
    },
    78,
    /KAFKA_SSL must .*\n.*METRICS_PORT .*\n.*REPLAY_FILE must .*\n.*IDLE_CLOSE_MS .*\n.*ALERT_RULES .*\n.*FLUSH_ROWS /,
  ],
  ['a lake that is not a place', ['start'], { LAKE_URL: 'ftp://x/y' }, 78, /'ftp:\/\/x\/y' is not a place for data/],
  [
    'a place for checkpoints that is none',
    ['start'],
    { CHECKPOINT_URL: 'ftp://x/y' },
    78,
    /'ftp:\/\/x\/y' is not a place for data/,
  ],
  ['a replay without a file', ['start'], { SOURCE: 'replay' }, 78, /REPLAY_FILE/],
  ['a drain without an end', ['start', '--drain'], {}, 2, /--drain needs a source that ends/],
  [
    'a file that is not there',
    ['start', '--drain'],
    { SOURCE: 'replay', REPLAY_FILE: '/nowhere.ndjson' },
    78,
    /REPLAY_FILE \("\/nowhere.ndjson"\) cannot be replayed: there is no such file/,
  ],
  ['a query without a lake', ['sql', 'SELECT 1 FROM stocks'], {}, 1, /no tables/],
  [
    'a secret file that is not there',
    ['tables'],
    { AWS_SECRET_ACCESS_KEY_FILE: '/nowhere' },
    78,
    /AWS_SECRET_ACCESS_KEY_FILE names \/nowhere, which cannot be read/,
  ],
]

test.each(wrong)('%s: one clear line and the right exit code', async (_name, args, env, code, expected) => {
  const outcome = await outcomeOf(args, { DATA_DIR: temporaryFolder(), LOG_LEVEL: 'error', ...env })
  expect(outcome.stderr).toMatch(expected)
  expect(outcome.stderr).not.toMatch(/\n\s+at /)
  expect(outcome.code).toBe(code)
})

test('a misspelt setting is named with the nearest one, and changes nothing else', async () => {
  const outcome = await outcomeOf(['--version'], { SIMULATER_RATE: '9', AWS_PROFILE: 'me' })
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  const env = { DATA_DIR: temporaryFolder(), SIMULATER_RATE: '9', AWS_PROFILE: 'me', KAFKA_HOME: '/opt/kafka' }
  expect((await outcomeOf(['sql', 'SELECT 1'], env)).stderr.split('\n')[0]).toBe(
    'tickerlake: SIMULATER_RATE is not a setting and has no effect; did you mean SIMULATOR_RATE?',
  )
})

test('wrong settings leave nothing behind', async () => {
  const DATA_DIR = join(temporaryFolder(), 'data')
  expect(await outcomeOf(['start'], { DATA_DIR, SOURCE: 'replay' })).toMatchObject({ code: 78, stdout: '' })
  expect(existsSync(DATA_DIR)).toBe(false)
})

test('a folder that is a file is refused with its name', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const outcome = await outcomeOf(['start'], { DATA_DIR: join(file, 'data') })
  expect(outcome).toMatchObject({ code: expect.toBeOneOf([1, 78]) })
  expect(outcome.stderr).toContain(file)
  expect(outcome.stderr).not.toMatch(/\n\s+at /)
})

test('an embedded log that is no database is refused with its name', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'log.sqlite'), 'this is no database, and has never been one'.repeat(100))
  const outcome = await outcomeOf(['start'], { DATA_DIR: folder })
  expect(outcome.code).toBe(1)
  expect(outcome.stderr).toContain('log.sqlite')
  expect(outcome.stderr).not.toMatch(/\n\s+at /)
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is refused with its name', async () => {
  const folder = join(temporaryFolder(), 'readonly')
  mkdirSync(folder)
  chmodSync(folder, 0o500)
  const outcome = await outcomeOf(['start'], { DATA_DIR: folder })
  expect(outcome.code).toBeOneOf([1, 78])
  expect(outcome.stderr).toContain(folder)
})
