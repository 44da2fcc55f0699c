// The words behind `tickerlake <command>` as options and arguments. node:util splits them up; what is wrong with them
// is said here, in our words, with what to write instead.

import { parseArgs } from 'node:util'
import { nearestName } from '#lake-sql/suggestion'
import { PlatformError } from '#runtime/errors'
import type { Command, CommandArguments, CommandOption } from '#services/cli/command'

const HELP: CommandOption = { type: 'boolean', short: 'h', description: 'show this help' }

type Values = Record<string, string | boolean | readonly string[]>

/** Reads the words of a command. Throws USAGE. */
export function parseWords(command: Command, words: readonly string[]): CommandArguments {
  const options = { ...command.options, help: HELP }
  // Not strict: that would fail with Node's own text, which differs from release to release.
  const { tokens } = parseArgs({ args: [...words], options, allowPositionals: true, strict: false, tokens: true })
  const positionals: string[] = []
  const values: Values = {}
  try {
    for (const token of tokens) {
      if (token.kind === 'positional') positionals.push(token.value)
      else if (token.kind === 'option') takeOption(values, { ...token, options })
    }
    if (positionals.length > 0 && command.takesArguments !== true)
      throw wrong(`unexpected argument ${shown(positionals[0])}`)
  } catch (error) {
    if (!(error instanceof WrongWords)) throw error
    const message = `${command.name}: ${error.message}; see \`tickerlake ${command.name} --help\``
    throw new PlatformError('USAGE', message, { cause: error })
  }
  return { positionals, values }
}

/** What is wrong, before the command's name is put to it. */
class WrongWords extends Error {}

interface GivenOption {
  readonly name: string
  /** As it was written: `--delete`, `-d`. */
  readonly rawName: string
  readonly value?: string | undefined
  /** `--name=value`, not `--name value`. */
  readonly inlineValue?: boolean | undefined
  readonly options: Readonly<Record<string, CommandOption>>
}

function takeOption(values: Values, given: GivenOption): void {
  const { name, rawName, value, options } = given
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) throw unknownOption(given)
  if (option.type === 'boolean') {
    if (value !== undefined) throw wrong(`${rawName} takes no value, but ${shown(value)} was given`)
    values[name] = true
    return
  }
  const text = textOf(given, option)
  const before = values[name]
  if (before !== undefined && option.multiple !== true) throw wrong(`${rawName} was given twice; give it once`)
  values[name] = option.multiple === true ? [...((before as string[]) ?? []), text] : text
}

function textOf({ rawName, value, inlineValue }: GivenOption, { placeholder = 'VALUE' }: CommandOption): string {
  const wanted = `${rawName} needs a value: ${rawName} ${placeholder}`
  if (value === undefined) throw wrong(wanted)
  if (inlineValue === true || !/^-./.test(value)) return value
  throw wrong(rawName.startsWith('--') ? `${wanted}, or ${rawName}=${value} if ${value} is meant as one` : wanted)
}

function unknownOption({ name, rawName, options }: GivenOption): WrongWords {
  // Not for --no-delete: whoever wrote that does not want --delete.
  const nearest = /^--(?!no-)/.test(rawName) ? nearestName(name, Object.keys(options)) : undefined
  return wrong(`there is no option ${rawName}${nearest === undefined ? '' : ` (did you mean --${nearest}?)`}`)
}

function shown(value: string | undefined): string {
  return JSON.stringify(value)
}

function wrong(message: string): WrongWords {
  return new WrongWords(message)
}
