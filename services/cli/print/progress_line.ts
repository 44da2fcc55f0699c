// One line on a terminal that says how far a command got; nothing where nobody watches.

import type { Writable } from 'node:stream'

/** Shows progress; `end` takes the line away. */
export interface ProgressLine {
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
  if (stream.isTTY !== true) return { show() {}, end() {} }
  return {
    show: (text) => void stream.write(CLEAR + text.slice(0, (stream.columns ?? 80) - 1)),
    end: () => void stream.write(CLEAR),
  }
}
