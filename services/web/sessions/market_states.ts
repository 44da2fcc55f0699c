// What each market does now: its session, when it opens, and its trading day. Markets are few and symbols many, so it
// is told by market, and only told anew when a span of its calendar is over.

import type { Calendar } from '#calendar/calendar'
import type { Session } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { type TradingDay, tradingDayAt } from '#services/web/sessions/trading_day'

/** A market, at a time. */
export interface MarketState {
  readonly calendar: Calendar
  readonly session: Session
  /** When regular hours begin; null during them, and of a market whose hours are not known. */
  readonly opensAt: EpochMs | null
  readonly day: TradingDay
  /** Until when all of this holds. */
  readonly until: EpochMs
}

/** The market at an instant. */
export function marketAt(calendar: Calendar, now: number): MarketState {
  const { session, end } = calendar.spanAt(now)
  return { calendar, session, opensAt: openingAfter(calendar, now), day: tradingDayAt(calendar, now), until: end }
}

/** Spans that are looked through for an opening: holidays are shorter. */
const SPANS_MAX = 100

function openingAfter(calendar: Calendar, now: number): EpochMs | null {
  let span = calendar.spanAt(now)
  if (span.session === 'regular' || !calendar.hasHours) return null
  for (let spans = 0; spans < SPANS_MAX; spans++) {
    span = calendar.spanAt(span.end)
    if (span.session === 'regular') return span.start
  }
  return null
}

/** All markets that have been asked for. */
export class MarketStates {
  readonly #numbers = new Map<Calendar, number>()
  readonly #states: MarketState[] = []
  #now = 0

  /** A number for the market, the same from now on. */
  numberOf(calendar: Calendar): number {
    const known = this.#numbers.get(calendar)
    if (known !== undefined) return known
    const number = this.#states.length
    this.#states.push(marketAt(calendar, this.#now))
    this.#numbers.set(calendar, number)
    return number
  }

  of(number: number): MarketState {
    return this.#states[number] as MarketState
  }

  /** Time has gone on. Gives the numbers of the markets that do something else now. */
  moveTo(now: number): ReadonlySet<number> {
    const changed = new Set<number>()
    this.#now = Math.max(this.#now, now)
    for (const [number, state] of this.#states.entries()) {
      if (this.#now < state.until) continue
      this.#states[number] = marketAt(state.calendar, this.#now)
      changed.add(number)
    }
    return changed
  }
}
