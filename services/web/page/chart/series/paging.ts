// Which range to ask for next. Ranges are half open and touch each other, so no window falls between two answers and
// none comes with both. All times are epoch milliseconds.

import type { Grain } from '../../../api.ts'
import { grainMs } from './grain.ts'

export interface Range {
  readonly from: number
  readonly to: number
}

/** Windows that a view begins with. */
export const VIEW_WINDOWS = 600
/** Windows of a further stretch. One at each end fits beside what is in view: none drives another out. */
export const STRETCH_WINDOWS = 300
/** After empty answers the range grows, but not beyond this; the server refuses ranges of more than 2,000 windows. */
export const STRETCH_WINDOWS_MAX = 1_920

/** What the clocks of server, producer and page may differ by; a bar can lie that far ahead. */
const AHEAD_MS = 5 * 60_000

/** The end of a range that reaches now. */
export function endOfNow(now: number, grain: Grain): number {
  return now + Math.max(AHEAD_MS, grainMs(grain))
}

/** The newest bars. */
export function newestRange(now: number, grain: Grain): Range {
  const to = endOfNow(now, grain)
  return { from: Math.max(0, to - VIEW_WINDOWS * grainMs(grain)), to }
}

/** The bars around a moment. */
export function rangeAround(moment: number, now: number, grain: Grain): Range {
  const half = (VIEW_WINDOWS * grainMs(grain)) / 2
  const to = Math.min(moment + half, endOfNow(now, grain))
  return { from: Math.max(0, Math.min(moment - half, to - half)), to }
}

/** What has been loaded without a hole, and how often in a row an answer had no bar in it. */
export interface Loaded extends Range {
  readonly grain: Grain
  readonly emptyAnswers: number
}

/** The range before what is loaded; null when that reaches the symbol's first bar. */
export function olderRange({ grain, from, emptyAnswers }: Loaded, earliest: number | null): Range | null {
  if (earliest === null || from <= earliest) return null
  // The first window of a coarser grain begins before the first bar.
  return { from: Math.max(0, earliest - grainMs(grain), from - stretchMs(grain, emptyAnswers)), to: from }
}

/** The range after what is loaded, and whether it reaches now. */
export function newerRange({ grain, to, emptyAnswers }: Loaded, now: number): Range & { readonly isNow: boolean } {
  const end = Math.max(to, endOfNow(now, grain))
  const wanted = to + stretchMs(grain, emptyAnswers)
  return { from: to, to: Math.min(wanted, end), isNow: wanted >= end }
}

function stretchMs(grain: Grain, emptyAnswers: number): number {
  return Math.min(STRETCH_WINDOWS_MAX, STRETCH_WINDOWS * 2 ** emptyAnswers) * grainMs(grain)
}
