// Commands that only read do so in a DATA_DIR that they cannot write to: a copy on another disk, another user's folder.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTickerlake } from '#support/start_tickerlake'
import { readOnlyView } from '#support/stores/read_only_folder'
import { temporaryFolder } from '#support/temporary_folder'

const READING = [
  ['sql', 'SELECT count(*) FROM stocks'],
  ['tables'],
  ['history', 'stocks'],
  ['verify', '--log'],
  ['replay-check'],
  ['replay-check', '--from', 'table'],
  ['redrive'],
  ['redrive', '--reason', 'invalid_price'],
  ['vacuum'],
]

test('every command that only reads works in a read-only DATA_DIR', async ({ skip }) => {
  const folder = temporaryFolder()
  const env = { LOG_LEVEL: 'error', SIMULATOR_QUOTES: '300', SIMULATOR_FAULTS: 'malformed:0.02' }
  const start = startTickerlake(['start', '--drain'], { ...env, DATA_DIR: folder, SIMULATOR_RATE: '1000' })
  expect(await start.ended, start.stderr.join('\n')).toEqual({ code: 0, signal: null })
  const view = readOnlyView(folder)
  if (view === undefined) return skip('needs the right to mount a folder read-only')
  const before = readdirSync(folder)
  for (const args of READING) {
    const command = startTickerlake(args, { LOG_LEVEL: 'error', DATA_DIR: view })
    expect(await command.ended, `${args.join(' ')}: ${command.stderr.join('\n')}`).toEqual({ code: 0, signal: null })
    expect(command.stdout.length).toBeGreaterThan(0)
  }
  expect(readdirSync(folder)).toEqual(before)
}, 120_000)

test('a DATA_DIR without a log is told, and nothing is made in it', async () => {
  const folder = temporaryFolder()
  const command = startTickerlake(['redrive'], { DATA_DIR: join(folder, 'none') })
  expect(await command.ended).toEqual({ code: 1, signal: null })
  expect(command.stderr.join('\n')).toMatch(/there is no embedded log .* \[LOG_TOPIC_MISSING\]$/)
  expect(readdirSync(folder)).toEqual([])
})
