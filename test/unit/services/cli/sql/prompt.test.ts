// The prompt, typed at: on a terminal that readline draws on, and on one whose output goes elsewhere.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { commandContext } from '#support/command_context'
import { appendRows, createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

/** A prompt on a terminal; `type` waits until the text that is awaited was printed. */
function promptSession({ env = {}, terminal = false }: { env?: Record<string, string>; terminal?: boolean } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const stdout = Object.assign(new PassThrough(), terminal ? { isTTY: true, columns: 100 } : {})
  let printed = ''
  stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const context = {
    ...commandContext(
      { env: { LAKE_URL: lake, SQL_HISTORY_FILE: 'none', ...env }, settings: sqlCommand.settings },
      stdout,
    ),
    stdin: stdin as unknown as NodeJS.ReadStream,
  }
  const ended = sqlCommand.run(context, { positionals: [], values: {} })
  const press = async (keys: string, awaited: RegExp) => {
    printed = ''
    stdin.write(keys)
    await expect.poll(() => printed, { timeout: 20_000 }).toMatch(awaited)
    return printed
  }
  return { ended, press, type: (line: string, awaited: RegExp) => press(`${line}\n`, awaited), end: () => stdin.end() }
}

describe('the prompt', () => {
  test('runs statements that end with a semicolon, over several lines, and goes on after an error', async () => {
    const prompt = promptSession()
    await prompt.type('SELECT count(*) AS n', /\.\.\.> $/)
    expect(await prompt.type('FROM stocks;', /tickerlake> $/)).toMatch(/ 400\n\(1 row/)
    expect(await prompt.type('SELEC 1;', /tickerlake> $/)).toContain('syntax error')
    expect(await prompt.type('SELECT 1 AS a; SELECT 2 AS b;', /tickerlake> $/)).toMatch(/ a\n[^b]* b\n/)
    expect(await prompt.type('.tables', /tickerlake> $/)).toMatch(/^stocks +Every valid quote/)
    expect(await prompt.type('help', /tickerlake> $/)).toMatch(/\\d \[TABLE\] [\s\S]*\.timer \[on\|off\] /)
    expect(await prompt.type('.nothing', /tickerlake> $/)).toContain('there is no command .nothing')
    await prompt.type('\\q', /\n$/)
    await prompt.ended
  })

  test('keeps a comment open over lines', async () => {
    const prompt = promptSession()
    await prompt.type('/* not yet;', /\.\.\.> $/)
    await prompt.type('.tables', /\.\.\.> $/)
    await prompt.type('*/ SELECT 6 * 7 AS n;', / 42\n/)
    prompt.end()
    await prompt.ended
  })

  test('sees what was committed since the last statement, and ends with its input', async () => {
    const prompt = promptSession()
    await prompt.type('SELECT count(*) AS n FROM late_quotes;', / 2\n/)
    await appendRows(lake, 'late_quotes', "SELECT 'B' AS symbol, DATE '2026-11-21' AS date")
    await prompt.type('SELECT count(*) AS n FROM late_quotes;', / 3\n/)
    prompt.end()
    await prompt.ended
  })

  test('runs what was typed before its input ended', async () => {
    const prompt = promptSession()
    const shown = prompt.type('SELECT 41 + 1 AS n;', / 42\n/)
    prompt.end()
    await shown
    await prompt.ended
  })
})

describe('on a terminal the prompt', () => {
  const CTRL_C = '\u0003'
  const CTRL_D = '\u0004'
  const UP = '\u001b[A'
  /** The prompt with the cursor behind it, as readline draws it. */
  const READY = /tickerlake> [^>]*$/

  test('calls earlier statements back, of this prompt and of the last one', async () => {
    const env = { SQL_HISTORY_FILE: join(temporaryFolder(), 'sql_history') }
    const first = promptSession({ terminal: true, env })
    await first.type('SELECT 40', /\.\.\.> /)
    await first.type(' + 2 AS n;', / 42\r?\n[\s\S]*tickerlake> /)
    await first.press(UP, /SELECT 40 \+ 2 AS n;/)
    await first.press(CTRL_C, READY)
    await first.press(CTRL_D, /\n$/)
    await first.ended
    const second = promptSession({ terminal: true, env })
    await second.press(UP, /SELECT 40 \+ 2 AS n;/)
    await second.type('', / 42\r?\n/)
    await second.press(CTRL_D, /\n$/)
    await second.ended
    expect(readFileSync(env.SQL_HISTORY_FILE, 'utf8')).toBe('SELECT 40 + 2 AS n;\n')
  })

  test('completes tables and columns', async () => {
    const prompt = promptSession({ terminal: true })
    await prompt.press('SELECT close FROM bars_1h WHERE window_s\t', /window_start/)
    await prompt.press(CTRL_C, READY)
    await prompt.press('SELECT * FROM late_q\t', /late_quotes/)
    await prompt.press(CTRL_C, READY)
    await prompt.press('.tab\t', /\.tables/)
    await prompt.press(CTRL_C, READY)
    await prompt.press(CTRL_D, /\n$/)
    await prompt.ended
  })

  test('stops the query at work by Ctrl+C, drops what was typed by another, and ends by Ctrl+D alone', async () => {
    const prompt = promptSession({ terminal: true })
    await prompt.type('SELECT sleep_ms(600000);', /SELECT/)
    await prompt.press(CTRL_C, /the query was stopped[^>]*> /)
    await prompt.type('SELECT 1,', /\.\.\.> /)
    await prompt.press('2 AS lost', /lost/)
    await prompt.press(CTRL_C, READY)
    await prompt.type('SELECT 7 AS kept;', / 7\r?\n\(1 row/)
    await prompt.press(CTRL_D, /\n$/)
    await prompt.ended
  })
})
