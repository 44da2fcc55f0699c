// Lines on a console about things that happen: a line each while a person can read along, one line of counts a second
// beyond that. No timer: a line is written when something happens, and at the end.

import type { Clock } from '#runtime/clock'
import { SECOND_MS } from '#runtime/units'

/** More than this within a second, and counts replace the single lines. */
export const LINES_PER_SECOND_MAX = 50

/** How to write the lines. */
export interface ConsoleLinesOptions<T> {
  readonly clock: Clock
  /** Takes a line, without its line end. */
  readonly print: (line: string) => void
  readonly lineOf: (item: T) => string
  /** The line for so many; with the rate where it is known, else null. */
  readonly countLineOf: (count: number, perSecond: number | null) => string
}

/** What happened. It is gone through only when each of it gets a line. */
export type Items<T> = Iterable<T> & { readonly length: number }

/** Takes note of what happened. */
export interface ConsoleLines<T> {
  add(items: Items<T>): void
  /** Writes what is counted but not yet said. */
  end(): void
}

/** Begins to tell. */
export function consoleLines<T>({ clock, print, lineOf, countLineOf }: ConsoleLinesOptions<T>): ConsoleLines<T> {
  const lastSecond = slidingCount(SECOND_MS)
  let counted = 0
  let saidAt = Number.NEGATIVE_INFINITY
  const sayCount = (now: number) => {
    const seconds = (now - saidAt) / SECOND_MS
    print(countLineOf(counted, seconds <= RATE_SECONDS_MAX ? counted / Math.max(1, seconds) : null))
    counted = 0
    saidAt = now
  }
  return {
    add(items) {
      const now = clock.now()
      const isReadable = lastSecond.add(now, items.length) <= LINES_PER_SECOND_MAX
      const isDue = now - saidAt >= SECOND_MS
      if (isReadable && (counted === 0 || isDue)) {
        if (counted > 0) sayCount(now)
        for (const item of items) print(lineOf(item))
        return
      }
      counted += items.length
      if (isDue) sayCount(now)
    },
    end() {
      if (counted > 0) sayCount(clock.now())
    },
  }
}

/** Beyond this the time since the line before says nothing about the rate: nothing happened in between. */
const RATE_SECONDS_MAX = 3

/** Counts over a window that moves along with time. */
function slidingCount(windowMs: number) {
  const steps: { readonly at: number; readonly count: number }[] = []
  let total = 0
  return {
    /** Adds, and returns how many there were within the window. */
    add(now: number, count: number): number {
      steps.push({ at: now, count })
      total += count
      for (let oldest = steps[0]; oldest !== undefined && oldest.at <= now - windowMs; oldest = steps[0]) {
        total -= oldest.count
        steps.shift()
      }
      return total
    },
  }
}
