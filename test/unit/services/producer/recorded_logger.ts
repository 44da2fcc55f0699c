// A real logger that writes into an array, for tests that read what was said.

import { pino } from 'pino'
import type { Logger } from '#runtime/logger'

/** A log line as it was written. */
export interface RecordedLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A logger of every level, and its lines. */
export function recordedLogger(): { readonly logger: Logger; readonly lines: RecordedLine[]; texts(): string[] } {
  const lines: RecordedLine[] = []
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { logger, lines, texts: () => lines.map((line) => line.msg) }
}
