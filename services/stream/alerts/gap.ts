// Rules of the kind `gap`: the price against the previous close that the quote names.

import type { Quote } from '#market/quote'
import type { Reference } from '#services/stream/alerts/message'
import { type CommonRule, commonFields, type RuleFields } from '#services/stream/alerts/rule_fields'

/** A `gap` rule. */
export interface GapRule extends CommonRule {
  readonly kind: 'gap'
  readonly withinMs: null
}

/** The fields of a `gap` rule in a rules file. */
export const gapFields: Omit<RuleFields<GapRule>, 'withinMs'> = commonFields

/** The price that a quote's is measured against; null when the quote names none. */
export function gapPrice({ previousClose }: Quote): number | null {
  return previousClose === 0 ? null : previousClose
}

/** The same with what an alert says of it. */
export function gapReference({ previousClose }: Quote): Reference {
  return { price: previousClose as number, time: null, since: 'since previous close' }
}
