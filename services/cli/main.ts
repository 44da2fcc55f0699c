// The `tickerlake` command: words in, exit code out. The only file that reads the process's environment, clock and
// randomness; all others are handed what they need.

import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { displayLines } from '#lake-sql/display_text'
import { systemClock } from '#runtime/clock'
import { EXIT, exitCodeOf, messageOf, PlatformError } from '#runtime/errors'
import { createLogger, type Logger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { shutdownSignal } from '#runtime/shutdown'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { COMMANDS } from '#services/cli/commands'
import { commandHelp, generalHelp, VERSION } from '#services/cli/help'
import { lakeUrl, openLog, openStore, withSecretFiles } from '#services/cli/platform'
import { processSettings } from '#services/cli/platform_settings'

/** Runs the command that the process was called with, and ends the process with its exit code. */
export async function main(): Promise<void> {
  const [name, ...words] = process.argv.slice(2)
  try {
    await runNamed(name, words)
  } catch (error) {
    process.exitCode = report(error)
  }
  // Kafka's client may still be waiting for a broker that is gone; all that matters is done.
  process.stdout.write('', () => process.exit())
}

async function runNamed(name: string | undefined, words: readonly string[]): Promise<void> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) return print(helpFor(words[0]))
  if (name === '--version' || name === 'version') return print(VERSION)
  await runCommand(findCommand(name), words)
}

async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  const args = parseWords(command, words)
  if (args.values.help === true) return print(commandHelp(command))
  const env = await withSecretFiles(process.env)
  const logger = loggerOf(env)
  const shutdown = shutdownSignal(process, logger)
  try {
    await command.run(contextOf(env, { logger, signal: shutdown.signal }), args)
  } finally {
    shutdown.dispose()
  }
}

function contextOf(env: Env, parts: { logger: Logger; signal: AbortSignal }): CommandContext {
  return {
    env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    ...parts,
    openLake: () => openStore(lakeUrl(env), env),
    openStore: (url) => openStore(url, env),
    openLog: (logger = parts.logger) => openLog(env, { clock: systemClock, ...parts, logger }),
  }
}

function loggerOf(env: Env): Logger {
  const { LOG_LEVEL: level, LOG_FORMAT } = readSettings(env, processSettings)
  return createLogger({ level, format: LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json') })
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  const known = COMMANDS.map((candidate) => candidate.name).join(', ')
  throw new PlatformError('USAGE', `there is no command ${JSON.stringify(name)}; there are: ${known}`)
}

function helpFor(name: string | undefined): string {
  return name === undefined ? generalHelp(COMMANDS) : commandHelp(findCommand(name))
}

function parseWords(command: Command, words: readonly string[]): CommandArguments {
  const options = { ...command.options, help: { type: 'boolean', short: 'h', description: 'show this help' } } as const
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    const message = `${messageOf(error)}; see \`tickerlake ${command.name} --help\``
    throw new PlatformError('USAGE', message, { cause: error })
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** One line for what can happen, a stack only for what cannot. Returns the exit code. */
function report(error: unknown): number {
  if (isClosedPipe(error)) return EXIT.done
  if (error instanceof PlatformError) {
    process.stderr.write(`tickerlake: ${displayLines(error.message)} [${error.code}]\n`)
  } else {
    const stack = error instanceof Error ? error.stack : String(error)
    process.stderr.write(`tickerlake: this is a bug, please report it: ${messageOf(error)}\n${stack}\n`)
  }
  return exitCodeOf(error)
}

/** `tickerlake sql ... | head` closes the pipe early: that is the reader's right. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

process.stdout.on('error', (error) => {
  if (isClosedPipe(error)) process.exit(EXIT.done)
})
