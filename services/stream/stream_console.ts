// What the stream says on the console: a line for each bar and each alert, or how many there were.

import type { Clock } from '#runtime/clock'
import { consoleAlertSink } from '#services/stream/console/alert_sink'
import { consoleBarLines } from '#services/stream/console/bar_lines'
import type { StreamParts } from '#services/stream/stream'

/** What the console is written by. */
export interface StreamConsoleParts {
  readonly clock: Clock
  readonly print: (line: string) => void
  /** Likewise for alerts, which may stand out. */
  readonly printAlert: (line: string) => void
}

/** The console of a stream: what the stream is to be given, and how to end it. */
export interface StreamConsole extends Required<Pick<StreamParts, 'sinks' | 'onBars'>> {
  /** Shows what is still to be shown. */
  end(): void
}

/** Opens the console of a stream. */
export function streamConsole({ clock, print, printAlert }: StreamConsoleParts): StreamConsole {
  const bars = consoleBarLines(clock, print)
  return { sinks: [consoleAlertSink(printAlert)], onBars: bars.add, end: bars.end }
}
