import { expect, test } from 'vitest'
import { COMMANDS } from '#services/cli/commands'
import { commandHelp, generalHelp, VERSION } from '#services/cli/help'
import { ALL_COMMANDS } from '#support/all_commands'

test('the general help names every command with what it does, within 120 columns', () => {
  const help = generalHelp(COMMANDS)
  for (const { name, summary } of COMMANDS) expect(help).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'))
  expect(help).toContain(VERSION)
  expect(help.split('\n').filter((line) => line.length > 120)).toEqual([])
})

test.each(ALL_COMMANDS.map((each) => [each.command.name, each] as const))(
  '%s explains each of its options',
  (name, { listed, command }) => {
    const help = commandHelp(listed, command)
    expect(help).toContain(listed.summary)
    expect(help).toContain(`Usage: tickerlake ${name}`)
    for (const [option, { description }] of Object.entries(command.options)) {
      expect(help).toContain(`--${option}`)
      expect(help).toContain(description)
    }
    expect(help.split('\n').filter((line) => line.length > 132)).toEqual([])
    expect(help.split('\n').filter((line) => line.endsWith(' '))).toEqual([])
  },
)

test.each(ALL_COMMANDS.map(({ command }) => [command.name, command] as const))(
  'the usage of %s leaves no option out',
  (_, command) => {
    const { usage = '', options } = command
    if (usage.includes('[options]')) return
    for (const option of Object.keys(options)) expect(usage).toContain(`--${option}`)
  },
)

test('no two commands have the same name', () => {
  expect(new Set(COMMANDS.map((command) => command.name)).size).toBe(COMMANDS.length)
})

test('a command goes by the name that it is listed under', () => {
  for (const { listed, command } of ALL_COMMANDS) expect(command.name).toBe(listed.name)
})
