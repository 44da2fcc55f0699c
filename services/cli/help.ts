// The words of `--help`, made from the commands themselves, so that they cannot say what is not there.

import { readFileSync } from 'node:fs'
import type { Command, CommandOption } from '#services/cli/command'
import type { ListedCommand } from '#services/cli/commands'

const packageJson = new URL('../../package.json', import.meta.url)

/** The version in package.json. */
export const VERSION: string = (JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string }).version

/** The list of all commands. */
export function generalHelp(commands: readonly ListedCommand[]): string {
  const width = Math.max(...commands.map((command) => command.name.length))
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return `tickerlake ${VERSION}: live quotes into bars, alerts and Delta tables, with SQL over them.

Usage: tickerlake <command> [options]

${lines.join('\n')}

\`tickerlake <command> --help\` says more. Settings come from the environment; docs/operations.md lists them.`
}

/** What one command is, takes and gives. */
export function commandHelp({ summary }: ListedCommand, command: Command): string {
  const rows = Object.entries(command.options).map(([name, option]) => [optionWords(name, option), option.description])
  rows.push(['-h, --help', 'show this help'])
  const width = Math.max(...rows.map(([words]) => words?.length ?? 0))
  const options = rows.map(([words, description]) => `  ${words?.padEnd(width)}  ${description}`).join('\n')
  const details = command.details === undefined ? '' : `\n\n${command.details}`
  return `tickerlake ${command.name}: ${summary}

Usage: ${['tickerlake', command.name, command.usage].filter((part) => part !== '').join(' ')}

${options}${details}`
}

function optionWords(name: string, option: CommandOption): string {
  const value = option.type === 'string' ? ` ${option.placeholder ?? 'VALUE'}` : ''
  return `${option.short === undefined ? '   ' : `-${option.short},`} --${name}${value}`
}
