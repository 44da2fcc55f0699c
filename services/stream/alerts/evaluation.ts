// When a price move becomes an alert: armed -> fired at a level -> only at a higher level, or after re-arming. A gap is
// armed again at each trade date, since its previous close is another one then.
// Kept per (rule, symbol, direction) from the first alert on. What a price is measured against is the kind's: move.ts,
// gap.ts.

import type { Direction } from '#market/alert'
import type { Quote } from '#market/quote'
import { type TradeDate, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { gapPrice, gapReference } from '#services/stream/alerts/gap'
import { alertId, alertMessage, type Reference } from '#services/stream/alerts/message'
import { movePrice, moveReference } from '#services/stream/alerts/move'
import {
  createPriceHistory,
  forgetBefore,
  type PriceHistory,
  rememberPrice,
} from '#services/stream/alerts/price_history'
import type { AlertRule, RuleSet } from '#services/stream/alerts/rules'
import { isStale } from '#services/stream/alerts/staleness'
import { ALERT_LEVEL_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import type { PlacedQuote } from '#services/stream/windows/placement'

/** A rule that fired for a symbol in a direction. */
export interface FiredState {
  /** 0 when armed again. */
  level: number
  /** Event time of the last alert, and its trade date. */
  firedAt: number
  tradeDate: TradeDate
}

/** What a symbol's alerts need to remember. */
export interface AlertState {
  readonly symbol: string
  prices: PriceHistory | null
  /** By rule and direction. */
  fired: (FiredState | null)[] | null
}

/** An exact multiple of the percentage counts, though its quotient of doubles may fall short of it by this. */
const LEVEL_TOLERANCE = 1e-9

/**
 * Holds a quote against all rules. It must not be older than the newest of its symbol; then its price is remembered.
 */
export function evaluateRules(ruleSet: RuleSet, symbol: AlertState, placed: PlacedQuote, out: Outputs): void {
  const { price, timestamp } = placed.quote
  const { rules, lookBackMs } = ruleSet
  if (symbol.prices !== null) forgetBefore(symbol.prices, timestamp - lookBackMs)
  const ageMs = placed.ingestTime - timestamp
  let hasStale = false
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index] as AlertRule
    if (rule.staleAfterMs !== null && ageMs > rule.staleAfterMs && isStale(placed, rule.staleAfterMs)) {
      hasStale = true
      continue
    }
    const percent = percentOf(rule, symbol, placed.quote)
    const level = levelOf(percent, rule)
    if (level > 0 || isFired(symbol, index)) evaluateRule({ rule, index, symbol, placed, percent, level }, out)
  }
  if (hasStale) out.counters.stale++
  if (lookBackMs === 0) return
  symbol.prices ??= createPriceHistory()
  rememberPrice(symbol.prices, timestamp, price)
}

/** One rule at one quote, and how far the price has moved by it. */
interface Evaluation {
  readonly rule: AlertRule
  readonly index: number
  readonly symbol: AlertState
  readonly placed: PlacedQuote
  /** In percent, with its sign. */
  readonly percent: number
  readonly level: number
}

function evaluateRule(evaluation: Evaluation, out: Outputs): void {
  rearm(evaluation, 'up', evaluation.percent)
  rearm(evaluation, 'down', -evaluation.percent)
  if (evaluation.level > 0 && Number.isFinite(evaluation.percent)) fire(evaluation, out)
}

/** How many times the rule's percentage the price has moved; NaN when that is not known. */
function levelOf(percent: number, rule: AlertRule): number {
  return Math.min(ALERT_LEVEL_MAX, Math.floor(Math.abs(percent) / rule.percent + LEVEL_TOLERANCE))
}

/** NaN when it is not known what the price is measured against. */
function percentOf(rule: AlertRule, symbol: AlertState, quote: Quote): number {
  const price = referencePrice(rule, symbol, quote)
  return price === null ? Number.NaN : (quote.price / price - 1) * 100
}

/** The price that a quote's is measured against; null when it is not known. */
function referencePrice(rule: AlertRule, symbol: AlertState, quote: Quote): number | null {
  switch (rule.kind) {
    case 'move':
      return movePrice(rule, symbol.prices, quote)
    case 'gap':
      return gapPrice(quote)
    default:
      return refuseKind(rule)
  }
}

/** Whether the rule has fired for the symbol, in one direction or the other, and was not armed again. */
function isFired({ fired }: AlertState, ruleIndex: number): boolean {
  if (fired === null) return false
  const up = fired[firedIndex(ruleIndex, 'up')] ?? null
  const down = fired[firedIndex(ruleIndex, 'down')] ?? null
  return (up !== null && up.level > 0) || (down !== null && down.level > 0)
}

/**
 * Armed again once the move has fallen below the rule's share of its percentage, and the cooldown is over; a gap also
 * at the next trade date.
 */
function rearm({ rule, index, symbol, placed }: Evaluation, direction: Direction, percent: number): void {
  const fired = symbol.fired?.[firedIndex(index, direction)]
  if (fired === undefined || fired === null) return
  const hasFallenBack = percent < rule.rearm * rule.percent && placed.quote.timestamp - fired.firedAt >= rule.cooldownMs
  if (hasFallenBack || (rule.kind === 'gap' && tradeDateOf(placed) > fired.tradeDate)) fired.level = 0
}

function tradeDateOf({ quote, calendar }: PlacedQuote): TradeDate {
  return calendar.spanAt(quote.timestamp).tradeDate
}

function fire(evaluation: Evaluation, out: Outputs): void {
  const { rule, index, symbol, placed, percent, level } = evaluation
  const { quote, calendar } = placed
  const direction: Direction = percent > 0 ? 'up' : 'down'
  symbol.fired ??= []
  const at = firedIndex(index, direction)
  const fired = symbol.fired[at] ?? null
  if (fired !== null && level <= fired.level) return
  while (symbol.fired.length <= at) symbol.fired.push(null)
  const { tradeDate, session } = calendar.spanAt(quote.timestamp)
  symbol.fired[at] = { level, firedAt: quote.timestamp, tradeDate }
  const facts = { rule: rule.name, symbol: symbol.symbol, direction, level, eventTime: quote.timestamp }
  const reference = referenceOf(evaluation)
  out.counters.alerts++
  out.alerts.push({
    id: alertId(facts),
    ...facts,
    tradeDate: tradeDateText(tradeDate),
    session,
    percent,
    price: quote.price,
    referencePrice: reference.price,
    referenceTime: reference.time as EpochMs | null,
    message: alertMessage({ quote, percent, reference }),
  })
}

/** The same of a rule that fires. */
function referenceOf({ rule, symbol, placed }: Evaluation): Reference {
  const { quote } = placed
  switch (rule.kind) {
    case 'move':
      return moveReference(rule, symbol.prices as PriceHistory, quote)
    case 'gap':
      return gapReference(quote)
    default:
      return refuseKind(rule)
  }
}

/** The compiler lets no kind come here: one that is added to the union must be added above. */
function refuseKind(rule: never): never {
  throw new Error(`nobody evaluates alert rules of the kind ${JSON.stringify((rule as AlertRule).kind)}`)
}

function firedIndex(ruleIndex: number, direction: Direction): number {
  return ruleIndex * 2 + (direction === 'up' ? 0 : 1)
}
