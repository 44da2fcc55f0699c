// The hours of a market that no rules are known of, learned from what a source tells of its past days: Yahoo's chart
// has the regular hours of each. Only what was seen is known: no lunch breaks, and no holidays to come.

import { weekdayOf } from '#calendar/civil_date'
import { TRADE_DATE_MAX, TRADE_DATE_MIN } from '#calendar/limits'
import { type LocalHours, type LocalSpan, MINUTE_MAX, MINUTE_MIN } from '#calendar/market'
import type { CalendarOverride } from '#calendar/overrides'
import { type ZoneClock, zoneClock } from '#calendar/zone_clock'
import type { TradeDate } from '#market/session'

/** A market's regular hours on a trade date. */
export interface RegularPeriod {
  readonly tradeDate: TradeDate
  readonly start: number
  readonly end: number
}

/** Which market, and what is known of it, in any order; of a date that comes twice, the last counts. */
export interface LearnedMarket {
  readonly name: string
  /** IANA name. */
  readonly zone: string
  readonly periods: readonly RegularPeriod[]
}

/**
 * What the periods say of a market, for `openCalendars`. Days as usual have the hours that most have, on the weekdays
 * that were seen; other hours hold for their date alone. Dates between the first and the last period that have none are
 * holidays. Null when nothing can be learned. Throws a RangeError when there is no such zone.
 */
export function learnedHours({ name, zone, periods }: LearnedMarket): CalendarOverride | null {
  const clock = zoneClock(zone)
  const byDate = new Map<TradeDate, LocalSpan>()
  for (const period of periods) {
    const span = localSpanOf(period, clock)
    if (span !== null) byDate.set(period.tradeDate, span)
  }
  const usual = mostCommon([...byDate.values()])
  if (usual === null) return null
  const weekdays = new Set([...byDate.keys()].map(weekdayOf))
  const others = [...byDate].filter(([, span]) => keyOf(span) !== keyOf(usual))
  return {
    name,
    own: { zone, hours: [usual], weekdays, totals: 'trading_day', knownUntil: Math.max(...byDate.keys()) },
    ...{ exchanges: [], suffixes: [], halfDays: new Map() },
    holidays: new Set(missingDates([...byDate.keys()], weekdays)),
    sessions: new Map(others.map(([date, span]): [TradeDate, LocalHours] => [date, [span]])),
  }
}

/** In local minutes; null for a period that is no part of a day around its date. */
function localSpanOf({ tradeDate, start, end }: RegularPeriod, clock: ZoneClock): LocalSpan | null {
  const [from, to] = [clock.minuteOf(tradeDate, start), clock.minuteOf(tradeDate, end)]
  if (!Number.isInteger(tradeDate) || tradeDate < TRADE_DATE_MIN || tradeDate > TRADE_DATE_MAX) return null
  return from < to && from >= MINUTE_MIN && to <= MINUTE_MAX ? { session: 'regular', from, to } : null
}

const keyOf = ({ from, to }: LocalSpan) => `${from}-${to}`

/** Of spans that are equally common the first. */
function mostCommon(spans: readonly LocalSpan[]): LocalSpan | null {
  const counts = Map.groupBy(spans, keyOf)
  const most = Math.max(...[...counts.values()].map(({ length }) => length))
  return [...counts.values()].find(({ length }) => length === most)?.[0] ?? null
}

/** Dates of these weekdays between those that are known. */
function missingDates(known: readonly TradeDate[], weekdays: ReadonlySet<number>): readonly TradeDate[] {
  const seen = new Set(known)
  const [first, last] = [Math.min(...known), Math.max(...known)]
  const missing: TradeDate[] = []
  for (let date = first; date <= last; date++) {
    if (!seen.has(date) && weekdays.has(weekdayOf(date))) missing.push(date)
  }
  return missing
}
