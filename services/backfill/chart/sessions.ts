// To which trading day and session a time of a chart belongs. The market's calendar decides, as it does for live bars;
// where it knows no hours, or says that nothing trades, what the answer says of its days.

import type { Calendar } from '#calendar/calendar'
import { zoneClock } from '#calendar/zone_clock'
import type { HistoryGrain } from '#market/history/history_bar'
import type { Session, TradeDate } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { ChartPeriod } from '#services/backfill/chart/trading_periods'
import { type TradingDay, tradingDayOf } from '#services/backfill/trading_days'

/** Where a time belongs. */
export interface ChartPlace {
  readonly tradeDate: TradeDate
  readonly session: Session
  /** When its session ends. */
  readonly end: EpochMs
}

/** A day's regular hours as the answer tells them. */
export interface RegularHours {
  readonly start: EpochMs
  readonly end: EpochMs
}

/** The days of an answer. */
export interface ChartSessions {
  placeOf(time: EpochMs): ChartPlace
  /** The trade date of a time; while nothing trades, the date that it is there. */
  dateOf(time: EpochMs): TradeDate
  /** What a bar of a day covers; null when nothing trades on that date, by the calendar or by the answer. */
  dayOf(date: TradeDate, grain: HistoryGrain): TradingDay | null
  /** null when the answer does not say. */
  regularOf(date: TradeDate): RegularHours | null
  /** The answer tells the days around this one, and leaves it out. */
  saysClosed(date: TradeDate): boolean
}

/** Reads the days of an answer by a calendar. */
export function chartSessions(calendar: Calendar, periods: readonly ChartPeriod[] | null): ChartSessions {
  const dateIn = civilDates(calendar.zone)
  const dated = (periods ?? []).map((period) => ({ ...period, tradeDate: dateOf(period, calendar, dateIn) }))
  const byDate = Map.groupBy(dated, ({ tradeDate }) => tradeDate)
  const regularOf = (date: TradeDate) => boundsOf(byDate.get(date)?.filter(({ session }) => session === 'regular'))
  const placeOf = (time: EpochMs) => {
    const span = calendar.spanAt(time)
    if (calendar.hasHours && span.session !== 'none') return span
    return dated.find(({ start, end }) => time >= start && time < end) ?? span
  }
  return {
    placeOf,
    dateOf(time) {
      const { session, tradeDate } = placeOf(time)
      return session === 'none' ? dateIn(time) : tradeDate
    },
    dayOf(date, grain) {
      const own = tradingDayOf(calendar, date, grain)
      if (own !== null && calendar.hasHours) return own
      const told = grain === '1d' ? regularOf(date) : boundsOf(byDate.get(date))
      return told === null ? own : { tradeDate: date, ...told }
    },
    regularOf,
    saysClosed: (date) => dated.length > 0 && !byDate.has(date) && isWithin(date, [...byDate.keys()]),
  }
}

function dateOf({ dayStart }: ChartPeriod, calendar: Calendar, dateIn: (time: EpochMs) => TradeDate): TradeDate {
  const span = calendar.spanAt(dayStart)
  return calendar.hasHours && span.session !== 'none' ? span.tradeDate : dateIn(dayStart)
}

function boundsOf(periods: readonly RegularHours[] | undefined): RegularHours | null {
  const [first, last] = [periods?.[0], periods?.at(-1)]
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end }
}

function isWithin(date: TradeDate, dates: readonly TradeDate[]): boolean {
  return dates.some((each) => each < date) && dates.some((each) => each > date)
}

/** The local date of an instant. */
export function civilDates(zone: string): (time: EpochMs) => TradeDate {
  const clock = zoneClock(zone)
  return (time) => {
    let date = Math.floor(time / DAY_MS) + 1
    while (clock.instantOf(date, 0) > time) date--
    return date
  }
}
