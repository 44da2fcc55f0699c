// Rules of the kind `move`: the price against the last one at or before `withinMs` ago, or the oldest known if none is
// that old.

import type { Quote } from '#market/quote'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#runtime/units'
import type { Reference } from '#services/stream/alerts/message'
import { type PriceHistory, priceAt, referencePlace, timeAt } from '#services/stream/alerts/price_history'
import { type CommonRule, commonFields, duration, type RuleFields } from '#services/stream/alerts/rule_fields'

/** A `move` rule. */
export interface MoveRule extends CommonRule {
  readonly kind: 'move'
  /** How far back the reference lies. */
  readonly withinMs: number
}

/** The fields of a `move` rule in a rules file. */
export const moveFields: RuleFields<MoveRule> = {
  ...commonFields,
  withinMs: { ...duration(1, DAY_MS), default: 5 * MINUTE_MS },
}

/** The price that a quote's is measured against; null when none is known. */
export function movePrice(rule: MoveRule, prices: PriceHistory | null, quote: Quote): number | null {
  return prices === null ? null : priceAt(prices, referencePlace(prices, quote.timestamp - rule.withinMs))
}

/** The same with what an alert says of it. The age is the price's own: after a night it is hours. */
export function moveReference(rule: MoveRule, prices: PriceHistory, quote: Quote): Reference {
  const place = referencePlace(prices, quote.timestamp - rule.withinMs)
  const time = timeAt(prices, place)
  return { price: priceAt(prices, place), time, since: `in ${durationText(quote.timestamp - time)}` }
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
]

/** At most two units: `5 min 1 s`, `18 h`. Rounded up, so that a move is never said to be faster than it was. */
function durationText(ms: number): string {
  const resolutionMs = ms > DAY_MS ? HOUR_MS : ms > HOUR_MS ? MINUTE_MS : SECOND_MS
  let restMs = Math.max(1, Math.ceil(ms / resolutionMs)) * resolutionMs
  const parts: string[] = []
  for (const [unitMs, name] of UNITS) {
    if (restMs >= unitMs) parts.push(`${Math.floor(restMs / unitMs)} ${name}`)
    restMs %= unitMs
  }
  return parts.join(' ')
}
