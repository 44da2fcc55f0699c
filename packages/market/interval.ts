// How long a bar is, and what that is called in the names of topics, tables and views: 1m, 10s, 1500ms.
// Each interval has one name, in the largest unit that divides it: 60 s are 1m and never 60s.

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#runtime/units'

/** The interval of bars unless BAR_INTERVAL_MS says otherwise. */
export const BAR_INTERVAL_DEFAULT_MS = MINUTE_MS

/** Days begin on a quarter hour of UTC in every zone; a bar whose interval divides that spans no two of them. */
export const BAR_INTERVAL_MAX_MS = 15 * MINUTE_MS

/** Whether bars may be that long. */
export function isBarInterval(ms: number): boolean {
  return Number.isInteger(ms) && ms > 0 && BAR_INTERVAL_MAX_MS % ms === 0
}

const UNITS = [
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
] as const

/** The name of an interval of whole milliseconds above 0. */
export function intervalName(ms: number): string {
  for (const [unit, unitMs] of UNITS) if (ms % unitMs === 0) return `${ms / unitMs}${unit}`
  throw new Error(`an interval is a whole number of milliseconds, not ${ms}`)
}

/** The interval of that name, in milliseconds; undefined when `intervalName` gives no such name. */
export function parseInterval(name: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,8})(h|m|s|ms)$/.exec(name) ?? []
  const ms = Number(count) * (UNITS.find((each) => each[0] === unit)?.[1] ?? Number.NaN)
  return Number.isSafeInteger(ms) && intervalName(ms) === name ? ms : undefined
}
