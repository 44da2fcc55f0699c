// What rules of every kind hold, and how a rules file says it. What a kind adds is in its own file: move.ts, gap.ts.

import { DAY_MS, MINUTE_MS } from '#runtime/units'

/** A rule about one symbol's price. Percentages are in percent: 2 means 2 %. */
export interface CommonRule {
  readonly name: string
  /** The move that fires, and the height of a level. */
  readonly percent: number
  /** How far back the rule looks at prices; null when it does not. */
  readonly withinMs: number | null
  /** Re-arms when the move has fallen below this share of `percent`. */
  readonly rearm: number
  /** And not before this long after the last alert. */
  readonly cooldownMs: number
  /**
   * A quote that came in after its market was open for longer than this never alerts, unless it was replayed. null: no
   * limit.
   */
  readonly staleAfterMs: number | null
}

const NAME = 'must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit'
const PERCENT = 'must be a number above 0, at most 10000'
const REARM = 'must be a number from 0 to 1'

/** A field of a rule in a rules file. */
export interface RuleField<T> {
  /** What it must be, in words. */
  readonly wanted: string
  isRight(value: unknown): boolean
  /** What it is when it is left out; without this it must be there. */
  readonly default?: T
}

/** The fields of a kind of rule, in the order in which they are named. */
export type RuleFields<R extends CommonRule> = {
  readonly [K in Exclude<keyof R, 'kind'>]: RuleField<R[K]>
}

/** The fields of every kind. */
export const commonFields = {
  name: { wanted: NAME, isRight: (value) => typeof value === 'string' && /^[a-z0-9][a-z0-9_.-]{0,63}$/.test(value) },
  percent: { wanted: PERCENT, isRight: (value) => isNumber(value, 0, 10_000) && value !== 0 },
  rearm: { wanted: REARM, isRight: (value) => isNumber(value, 0, 1), default: 0.7 },
  cooldownMs: { ...duration(0, DAY_MS), default: 5 * MINUTE_MS },
  staleAfterMs: { ...orNull(duration(0, 7 * DAY_MS)), default: 20 * MINUTE_MS },
} satisfies Omit<RuleFields<CommonRule>, 'withinMs'>

/** Whole milliseconds in a range. */
export function duration(min: number, max: number): RuleField<number> {
  const wanted = `must be a whole number of milliseconds from ${min} to ${max}`
  return { wanted, isRight: (value) => Number.isSafeInteger(value) && isNumber(value, min, max) }
}

function orNull<T>({ wanted, isRight }: RuleField<T>): RuleField<T | null> {
  return { wanted: `${wanted}, or null for no limit`, isRight: (value) => value === null || isRight(value) }
}

function isNumber(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max
}
