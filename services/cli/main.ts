// The `tickerlake` command: words in, exit code out. The only file that reads the process's environment, clock and
// randomness; all others are handed what they need.

import { randomUUID } from 'node:crypto'
import { adviceFor } from '#lake-sql/suggestion'
import { systemClock } from '#runtime/clock'
import { type ConsoleLoss, ProcessConsole } from '#runtime/console/console'
import { displayLines } from '#runtime/console/display_text'
import { EXIT, exitCodeOf, messageOf, PlatformError } from '#runtime/errors'
import { createLogger, type Logger, lateLogger, silentLogger } from '#runtime/logger'
import { misspeltSettings } from '#runtime/misspelt_settings'
import { readAllSettings, type Settings } from '#runtime/settings'
import { NPM_ECHO_MS, openShutdown } from '#runtime/shutdown'
import { watchStalls } from '#runtime/stall_watch'
import type { CommandContext } from '#services/cli/command'
import { COMMANDS, type ListedCommand } from '#services/cli/commands'
import { commandHelp, generalHelp, VERSION } from '#services/cli/help'
import { parseWords } from '#services/cli/parse_words'
import { SETTING_NAMES } from '#services/cli/setting_names'
import { openLog, openStore } from '#services/platform/open'
import { lakeUrl } from '#services/platform/places'
import { lakeSettings, logSettings, speechSettings } from '#services/platform/settings'

/** npm sets it for what it runs. */
const echoMs = process.env.npm_lifecycle_event === undefined ? 0 : NPM_ECHO_MS
let isService = false
let isStdoutForPeople = false
const shutdown = openShutdown(process, { say, echoMs })
const lines = new ProcessConsole({ stdout: process.stdout, stderr: process.stderr, onGone })

/** Runs the command that the process was called with, and ends the process with its exit code. */
export async function main(): Promise<void> {
  // The launcher's line must not keep a process alive that has nothing more to do.
  process.channel?.unref()
  const [name, ...words] = process.argv.slice(2)
  let code: number = EXIT.done
  try {
    await runNamed(name, words)
  } catch (error) {
    code = report(error)
  }
  await lines.flush(shutdown.signal)
  // Kafka's client may still be waiting for a broker that is gone; all that matters is done.
  process.exit(code === EXIT.done && isDataLost() ? EXIT.failed : code)
}

async function runNamed(name: string | undefined, words: readonly string[]): Promise<void> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) return print(await helpFor(words[0]))
  if (name === '--version' || name === 'version') return print(VERSION)
  await runCommand(findCommand(name), words)
}

async function runCommand(listed: ListedCommand, words: readonly string[]): Promise<void> {
  const command = await listed.load()
  const args = parseWords(command, words)
  if (args.values.help === true) return print(commandHelp(listed, command))
  warnOfMisspelt()
  const settings = readAllSettings(process.env, [...command.settings, speechSettings])
  isService = typeof command.isService === 'function' ? command.isService(args) : command.isService === true
  isStdoutForPeople = isService && command.givesData?.(args) !== true
  const logger = loggerOf(settings)
  const stopWatching = isService ? watchService(command.name, logger) : undefined
  try {
    await command.run(contextOf(settings, { logger, signal: shutdown.signal }), args)
  } finally {
    stopWatching?.()
  }
}

/** For as long as a service runs: is its console still read, and does it get its turns? */
function watchService(name: string, logger: Logger): () => void {
  const stops = [lines.watch(), watchStalls({ service: `tickerlake ${name}`, clock: systemClock, logger })]
  return () => {
    for (const stop of stops) stop()
  }
}

function contextOf(settings: Settings, parts: { logger: Logger; signal: AbortSignal }): CommandContext {
  return {
    settings,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    console: lines,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    ...parts,
    openLake: () => openStore(lakeUrl(settings.of(lakeSettings)), settings.of(lakeSettings)),
    openStore: (url) => openStore(url, settings.of(lakeSettings)),
    openLog: (logger = parts.logger) => openLog(settings.of(logSettings), { clock: systemClock, ...parts, logger }),
    readLog: (logger = silentLogger) =>
      openLog(settings.of(logSettings), { clock: systemClock, ...parts, logger, access: 'read' }),
  }
}

/** A setting that nobody reads would otherwise do nothing in silence. On stderr, since stdout may be data. */
function warnOfMisspelt(): void {
  for (const { name, nearest } of misspeltSettings(Object.keys(process.env), SETTING_NAMES)) {
    say(`${name} is not a setting and has no effect; did you mean ${nearest}?`)
  }
}

/** A service's log goes to stdout with its other lines; elsewhere stdout is output, and the log goes to stderr. */
function loggerOf(settings: Settings): Logger {
  const { LOG_LEVEL: level, LOG_FORMAT: format } = settings.of(speechSettings)
  if (isStdoutForPeople) {
    const colorize = process.stdout.isTTY === true
    const write = (text: string) => lines.write(text)
    return createLogger({ level, format: format ?? (colorize ? 'pretty' : 'json'), colorize, write })
  }
  const write = (text: string) => void process.stderr.write(text)
  const colorize = process.stderr.isTTY === true
  return lateLogger(() => createLogger({ level, format: format ?? 'pretty', colorize, write }))
}

function findCommand(name: string): ListedCommand {
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  const known = COMMANDS.map((candidate) => candidate.name)
  throw new PlatformError('USAGE', `there is no command ${JSON.stringify(name)}; ${adviceFor(name, known)}`)
}

async function helpFor(name: string | undefined): Promise<string> {
  if (name === undefined) return generalHelp(COMMANDS)
  const listed = findCommand(name)
  return commandHelp(listed, await listed.load())
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** One line for what can happen, a stack only for what cannot. Returns the exit code. */
function report(error: unknown): number {
  // Nobody reads the output, so it was stopped: that is the reader's right.
  if (lines.loss !== undefined && error instanceof PlatformError && error.code === 'STOPPED') return EXIT.done
  if (error instanceof PlatformError) {
    say(`${displayLines(error.message)} [${error.code}]`)
  } else {
    const stack = error instanceof Error ? error.stack : String(error)
    say(`this is a bug, please report it: ${messageOf(error)}\n${stack}`)
  }
  return exitCodeOf(error)
}

function say(text: string): void {
  process.stderr.write(`tickerlake: ${text}\n`)
}

function onGone(loss: ConsoleLoss): void {
  const next = isService ? '; ending in good order' : ''
  if (loss.kind === 'unwritable') say(`stdout cannot be written (${loss.reason})${next}`)
  shutdown.ask()
}

/** What a service says is in topics and tables too; another command's output is all that it gives. */
function isDataLost(): boolean {
  return !isStdoutForPeople && lines.loss?.kind === 'unwritable'
}
