// The commands of the prompt, `.tables` and its like. They stand on a line of their own, where a statement could begin;
// a file of statements and a pipe may hold them too.

import { quoteText } from '#duckdb/quoting'
import { FORMATS } from '#lake-sql/formats'
import { adviceFor } from '#lake-sql/suggestion'
import { displayText } from '#runtime/console/display_text'
import { PlatformError } from '#runtime/errors'
import type { Shell } from '#services/cli/sql/shell'

/** A command that was recognized, with its argument. */
export interface ShellCommand {
  /** What it gives is printed; undefined ends the prompt or the file. */
  run(shell: Shell, signal: AbortSignal): Promise<string | undefined>
}

interface CommandSpec {
  /** The first one is the one that help shows. */
  readonly names: readonly string[]
  readonly argument?: string
  readonly description: string
  /** What the argument may be, when that is a closed list. */
  readonly choices?: readonly string[]
  /** Undefined ends the prompt. The argument is empty when none was given. */
  run(shell: Shell, argument: string, signal: AbortSignal): Promise<string | undefined>
}

const ON_OFF = ['on', 'off']

const COMMANDS: readonly CommandSpec[] = [
  { names: ['.tables'], description: 'list the tables and views', run: async (shell) => tableList(shell) },
  {
    names: ['\\d', '.schema'],
    argument: '[TABLE]',
    description: 'the columns of a table or view; without one, the same as .tables',
    run: async (shell, table, signal) => (table === '' ? tableList(shell) : describe(shell, table, signal)),
  },
  {
    names: ['.mode', '\\f'],
    argument: '[FORMAT]',
    description: `how results are shown: ${FORMATS.join(', ')}`,
    choices: FORMATS,
    async run({ display }, argument) {
      display.format = FORMATS.find((name) => name === argument) ?? display.format
      return argument === '' ? `${display.format}\n` : ''
    },
  },
  {
    names: ['\\x'],
    argument: '[on|off]',
    description: 'show tables upright, one line a value',
    choices: ON_OFF,
    async run({ display }, argument) {
      display.upright = argument === '' ? !display.upright : argument === 'on'
      return argument === '' ? `upright is ${display.upright ? 'on' : 'off'}\n` : ''
    },
  },
  {
    names: ['.timer', '\\timing'],
    argument: '[on|off]',
    description: 'tell how long each statement took',
    choices: ON_OFF,
    async run({ display }, argument) {
      display.time = argument === '' ? display.time === false : argument === 'on'
      return argument === '' ? `timer is ${display.time ? 'on' : 'off'}\n` : ''
    },
  },
  { names: ['.help', '\\?'], description: 'this list', run: async () => COMMAND_HELP },
  { names: ['\\q', '.quit', '.exit'], description: 'leave; so does Ctrl+D', run: async () => undefined },
]

/** What `.help` says. */
export const COMMAND_HELP = helpText()

/** The names that can be completed. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.flatMap((command) => command.names)

/** What a command's argument may be, for completion: `tables`, or a closed list. */
export function argumentChoices(name: string): readonly string[] | 'tables' {
  const spec = COMMANDS.find(({ names }) => names.includes(name.toLowerCase()))
  return spec?.names.includes('\\d') === true ? 'tables' : (spec?.choices ?? [])
}

/** True for a line that is a command, if it stands where a statement could begin. */
export function isCommandLine(line: string): boolean {
  return /^\s*[.\\][A-Za-z?]/.test(line)
}

/** Reads a line that is a command. Throws USAGE when there is no such command, or its argument is wrong. */
export function readCommand(line: string): ShellCommand {
  const [word = '', ...words] = line.trim().replace(/\s*;$/, '').split(/\s+/)
  const spec = COMMANDS.find(({ names }) => names.includes(word.toLowerCase()))
  if (spec === undefined) {
    throw new PlatformError('USAGE', `there is no command ${word}; .help lists what there is`)
  }
  const [argument = '', ...more] = words
  const choice = spec.choices === undefined ? argument : argument.toLowerCase()
  if (more.length > 0 || (argument !== '' && spec.argument === undefined)) throw wrongArgument(spec, words.join(' '))
  if (choice !== '' && spec.choices?.includes(choice) === false) throw wrongArgument(spec, argument)
  return { run: (shell, signal) => spec.run(shell, choice, signal) }
}

function wrongArgument({ names, argument, choices }: CommandSpec, given: string): PlatformError {
  const takes = choices?.join(', ') ?? argument?.replace(/[[\]]/g, '') ?? 'nothing'
  return new PlatformError('USAGE', `${names[0]} takes ${takes}, not ${JSON.stringify(given)}`)
}

function helpText(): string {
  const rows = COMMANDS.map(({ names, argument, description }) => {
    const [name, ...others] = names
    const also = others.length === 0 ? '' : `; also ${others.join(', ')}`
    return { words: argument === undefined ? name : `${name} ${argument}`, text: `${description}${also}` }
  })
  const width = Math.max(...rows.map(({ words }) => words?.length ?? 0))
  const lines = rows.map(({ words, text }) => `  ${words?.padEnd(width)}  ${text}`)
  return `Statements end with ; and may go over several lines. Tab completes names, the arrow keys call lines back.
Ctrl+C stops the query at work, or drops what you typed.

${lines.join('\n')}
`
}

function tableList({ relations }: Shell): string {
  const width = Math.max(...relations.map(({ name }) => name.length))
  return relations.map(({ name, description }) => `${name.padEnd(width)}  ${displayText(description)}\n`).join('')
}

/** By the list of columns, so that no file of the table is read. */
async function describe(shell: Shell, table: string, signal: AbortSignal): Promise<string> {
  const wanted = table.replace(/^"(.*)"$/, '$1').toLowerCase()
  const names = shell.relations.map(({ name }) => name)
  const name = names.find((each) => each.toLowerCase() === wanted)
  if (name === undefined) {
    throw new PlatformError('USAGE', `there is no table or view ${JSON.stringify(table)}; ${adviceFor(table, names)}`)
  }
  const columns = `SELECT column_name AS "column", data_type AS type FROM duckdb_columns()
    WHERE NOT internal AND table_name = ${quoteText(name)} ORDER BY column_index`
  await shell.run(columns, signal)
  return ''
}
