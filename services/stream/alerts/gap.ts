// Rules of the kind `gap`: the price against the previous close that the quote names.

import { z } from 'zod'
import type { Quote } from '#market/quote'
import type { Reference } from '#services/stream/alerts/message'
import { type CommonRule, commonFields, fieldsOnly } from '#services/stream/alerts/rule_fields'

/** A `gap` rule. */
export interface GapRule extends CommonRule {
  readonly kind: 'gap'
  readonly withinMs: null
}

/** A `gap` rule in a rules file. */
export const gapRuleSchema = fieldsOnly({ ...commonFields, kind: z.literal('gap') })

/** The price that a quote's is measured against; null when the quote names none. */
export function gapPrice({ previousClose }: Quote): number | null {
  return previousClose === 0 ? null : previousClose
}

/** The same with what an alert says of it. */
export function gapReference({ previousClose }: Quote): Reference {
  return { price: previousClose as number, time: null, since: 'since previous close' }
}
