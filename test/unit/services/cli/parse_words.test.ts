// The words of a command line, and what is said of wrong ones.

import { describe, expect, test } from 'vitest'
import { redriveCommand } from '#services/cli/commands/services/redrive'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { vacuumCommand } from '#services/cli/commands/tables/vacuum'
import { parseWords } from '#services/cli/parse_words'
import { ALL_COMMANDS } from '#support/all_commands'

test('options and arguments in any order, values behind a blank or an equals sign', () => {
  const parsed = parseWords(vacuumCommand, ['--retention', '200', 'stocks', '--delete'])
  expect(parsed).toEqual({ positionals: ['stocks'], values: { retention: '200', delete: true } })
  expect(parseWords(vacuumCommand, ['--retention=-1']).values).toEqual({ retention: '-1' })
  expect(parseWords(vacuumCommand, ['--retention=']).values).toEqual({ retention: '' })
  expect(parseWords(sqlCommand, ['-f', '-']).values).toEqual({ file: '-' })
  expect(parseWords(sqlCommand, ['--', '--first\nSELECT 1']).positionals).toEqual(['--first\nSELECT 1'])
  expect(parseWords(sqlCommand, ['-h']).values).toEqual({ help: true })
})

test('an option that may be repeated gives all of its values', () => {
  const { values } = parseWords(redriveCommand, ['--reason', 'a', '--reason=b'])
  expect(values).toEqual({ reason: ['a', 'b'] })
})

describe('wrong words are named, with what to write instead', () => {
  test.each([
    [['--delte'], 'there is no option --delte (did you mean --delete?)'],
    [['--frobnicate'], 'there is no option --frobnicate'],
    [['--no-delete'], 'there is no option --no-delete'],
    [['--constructor'], 'there is no option --constructor'],
    [['-x'], 'there is no option -x'],
    [['-1'], 'there is no option -1'],
    [['--retention'], '--retention needs a value: --retention HOURS'],
    [
      ['--retention', '--delete'],
      '--retention needs a value: --retention HOURS, or --retention=--delete if --delete is meant as one',
    ],
    [['--delete=yes'], '--delete takes no value, but "yes" was given'],
    [['--delete='], '--delete takes no value, but "" was given'],
    [['--retention', '1', '--retention', '2'], '--retention was given twice; give it once'],
  ])('%j', (words, message) => {
    const expected = `vacuum: ${message}; see \`tickerlake vacuum --help\``
    expect(() => parseWords(vacuumCommand, words)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expected }),
    )
  })

  test('a short option without its value', () => {
    expect(() => parseWords(sqlCommand, ['-f'])).toThrow(/^sql: -f needs a value: -f FILE; see/)
    expect(() => parseWords(sqlCommand, ['-f', '--json'])).toThrow(/^sql: -f needs a value: -f FILE; see/)
  })
})

test.each(ALL_COMMANDS.map(({ command }) => [command.name, command] as const))(
  '%s refuses an argument, or says in its usage that it takes one',
  (_name, command) => {
    const takes = /^\[(table|")|^<|^[a-z]|^[A-Z]{2}/.test(command.usage)
    expect(command.takesArguments === true).toBe(takes)
    if (takes) expect(parseWords(command, ['stocks']).positionals).toEqual(['stocks'])
    else expect(() => parseWords(command, ['stocks'])).toThrow(/unexpected argument "stocks"; see `tickerlake/)
  },
)

test.each(ALL_COMMANDS.map(({ command }) => [command.name, command] as const))(
  "nothing that is wrong with %s's words is said in Node's",
  (_name, command) => {
    const wrong = [['--none'], ['--help=1'], ['-Z'], ...Object.keys(command.options).map((name) => [`--${name}`, '--'])]
    for (const words of wrong) {
      try {
        parseWords(command, words)
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE' })
        expect(String(error)).not.toMatch(/positional|argument missing|ambiguous|does not take an argument/i)
      }
    }
  },
)
