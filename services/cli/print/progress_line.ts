// One line on a terminal that says how far a command got; nothing where nobody watches.

import type { Writable } from 'node:stream'
import type { Logger } from '#runtime/logger'

/** Shows progress; `end` takes the line away. */
export interface ProgressLine {
  /** How many characters there is room for; whatever is longer is cut. */
  readonly width: number
  show(text: string): void
  end(): void
}

/** A bar of `total` steps, as text: `[#####     ] 5/10`. */
export function progressBar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((done / total) * BAR_WIDTH)
  return `[${'#'.repeat(filled).padEnd(BAR_WIDTH)}] ${done}/${total}`
}

const BAR_WIDTH = 24
const CLEAR = '\r\u001b[2K'

/** The line on the stream, which is standard error, so that the output stays clean. */
export function progressLine(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }): ProgressLine {
  if (stream.isTTY !== true) return { width: Number.POSITIVE_INFINITY, show() {}, end() {} }
  const width = () => (stream.columns ?? 80) - 1
  return {
    get width() {
      return width()
    },
    show: (text) => void stream.write(CLEAR + text.slice(0, width())),
    end: () => void stream.write(CLEAR),
  }
}

/** What a line says, in the order of its weight. */
export interface LineFacts {
  readonly name: string
  /** Drawn where there is room for it. */
  readonly bar: string
  /** The one number that has to stay. */
  readonly main: string
  readonly more: readonly string[]
}

/** As many of the facts as fit, the last ones left out first, then the bar, and then the end of the name. */
export function fittingLine({ name, bar, main, more }: LineFacts, width: number): string {
  const head = [`${name} ${bar} ${main}`, `${name} ${main}`].find((text) => text.length <= width)
  if (head === undefined) return `${name.slice(0, Math.max(0, width - main.length - 2))}… ${main}`.slice(-width)
  let line = head
  for (const fact of more) {
    if (line.length + fact.length + 2 > width) break
    line += `, ${fact}`
  }
  return line
}

/** A logger whose lines do not run into the progress line: it is taken away for them, and comes back with its next. */
export function loggerAbove(progress: ProgressLine, logger: Logger): Logger {
  const above =
    (level: keyof Logger) =>
    (...words: unknown[]) => {
      progress.end()
      ;(logger[level] as (...given: unknown[]) => void)(...words)
    }
  return { debug: above('debug'), info: above('info'), warn: above('warn'), error: above('error') } as Logger
}
