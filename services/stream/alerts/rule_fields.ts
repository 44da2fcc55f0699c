// What rules of every kind hold, and how a rules file says it. What a kind adds is in its own file: move.ts, gap.ts.

import { z } from 'zod'
import { shownValue } from '#runtime/shown_value'
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
  /** A quote that arrived later than this after its event time never alerts, unless it was replayed. null: no limit. */
  readonly staleAfterMs: number | null
}

const NAME = 'must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit'
const PERCENT = 'must be a number above 0, at most 10000'
const REARM = 'must be a number from 0 to 1'

/** The fields of every kind in a rules file. */
export const commonFields = {
  name: z.string(NAME).regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, NAME),
  percent: z.number(PERCENT).positive(PERCENT).max(10_000, PERCENT),
  rearm: z.number(REARM).min(0, REARM).max(1, REARM).default(0.7),
  cooldownMs: duration(0, DAY_MS).default(5 * MINUTE_MS),
  staleAfterMs: duration(0, 7 * DAY_MS, ', or null for no limit')
    .nullable()
    .default(20 * MINUTE_MS),
}

/** Whole milliseconds in a range; `or` says what else there may be. */
export function duration(min: number, max: number, or = '') {
  const wanted = `must be a whole number of milliseconds from ${min} to ${max}${or}`
  return z.int(wanted).min(min, wanted).max(max, wanted)
}

/** An object with these fields and no others. */
export function fieldsOnly<T extends z.core.$ZodLooseShape>(fields: T) {
  const names = Object.keys(fields).join(', ')
  const error = (issue: { readonly code: string; readonly keys?: readonly string[] }) =>
    issue.code === 'unrecognized_keys'
      ? `has ${issue.keys?.map((key) => shownValue(key)).join(', ')} in it; its fields are ${names}`
      : `must be an object in { } with ${names}`
  return z.strictObject(fields, { error })
}
