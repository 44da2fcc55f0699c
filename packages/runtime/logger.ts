// Logs: JSON lines on stdout, or readable ones on a terminal. Only main builds a logger; all others are handed one.

import { type Logger as PinoLogger, pino } from 'pino'
import pretty from 'pino-pretty'

/** What a part of the platform may say: fields first, then a sentence. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>

/** The levels that LOG_LEVEL takes. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** How to write log lines. `pretty` is for people, `json` for machines. */
export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number]
  readonly format: 'json' | 'pretty'
  /** Stands on every line, so that services sharing one output can be told apart. */
  readonly service?: string
}

/** Builds the process's logger, writing to stdout. */
export function createLogger(options: LoggerOptions): PinoLogger {
  const settings = { level: options.level, base: options.service === undefined ? null : { service: options.service } }
  if (options.format === 'json') return pino(settings)
  return pino(
    settings,
    pretty({ colorize: process.stdout.isTTY, singleLine: true, ignore: 'service', messageFormat, sync: true }),
  )
}

const messageFormat = '{if service}{service}: {end}{msg}'

/** A logger that says nothing, for tests and one-off commands. */
export const silentLogger: Logger = pino({ level: 'silent' })
