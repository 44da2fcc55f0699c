// Logs: JSON lines, or readable ones on a terminal. Only main builds a logger; all others are handed one. What it says
// goes through the process's console: pino's own output writes again and again, asleep in between, when a pipe was
// closed.

import { createRequire } from 'node:module'
import type { Logger as PinoLogger } from 'pino'

/** What a part of the platform may say: fields first, then a sentence. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>

/** The levels that LOG_LEVEL takes. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** How to write log lines. `pretty` is for people, `json` for machines. */
export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number]
  readonly format: 'json' | 'pretty'
  /** Colours in the `pretty` format. */
  readonly colorize?: boolean
  /** Takes each line, with its end. */
  readonly write: (text: string) => void
}

// Loaded when a logger is built: the two take a fifth of the start of a command that has nothing to log.
const require = createRequire(import.meta.url)

/** Builds the process's logger. */
export function createLogger({ level, format, colorize = false, write }: LoggerOptions): PinoLogger {
  const { pino } = require('pino') as typeof import('pino')
  const settings = { level, base: null }
  if (format === 'json') return pino(settings, { write })
  const { prettyFactory } = require('pino-pretty') as typeof import('pino-pretty')
  const readable = prettyFactory({ colorize, singleLine: true, ignore: 'service', messageFormat })
  return pino(settings, { write: (line: string) => write(readable(line)) })
}

const messageFormat = '{if service}{service}: {end}{msg}'

/** A logger that says nothing, for tests and one-off commands. */
export const silentLogger: Logger = { debug: silence, info: silence, warn: silence, error: silence }

function silence(): void {}

/** A logger that is built when it is first spoken to. */
export function lateLogger(build: () => Logger): Logger {
  let built: Logger | undefined
  const logger = () => {
    built ??= build()
    return built
  }
  return {
    get debug() {
      return logger().debug.bind(built)
    },
    get info() {
      return logger().info.bind(built)
    },
    get warn() {
      return logger().warn.bind(built)
    },
    get error() {
      return logger().error.bind(built)
    },
  }
}
