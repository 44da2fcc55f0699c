// What a backfill asks for: the trading days of its symbols that the source has and that are not done, cut into
// requests, newest first. Pure.

import type { Calendar, Calendars } from '#calendar/calendar'
import { HISTORY_REACH_MS, type HistoryGrain } from '#market/history/history_bar'
import type { TradeDate } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { DoneDays } from '#services/backfill/done/done_days'
import { FINAL_AFTER_MS, GRAIN_LIMITS, REACH_MARGIN_MS, WINDOW_PAD_MS } from '#services/backfill/limits'
import { type TradingDay, tradingDayOf, tradingDaysOf } from '#services/backfill/trading_days'
import type { BackfillUnit, WantedDay } from '#services/backfill/unit'

/** What is wished for; both dates included. */
export interface Wish {
  readonly symbols: readonly string[]
  readonly grain: HistoryGrain
  readonly from: TradeDate
  readonly to: TradeDate
  /** Of these days, only so many of each symbol: the newest that have begun. Default all. */
  readonly newest?: number
}

/** What it comes to. A day here is a trading day of one symbol. */
export interface Plan {
  /** Newest first, over all symbols. */
  readonly units: readonly BackfillUnit[]
  readonly days: number
  /** Days that were done before. */
  readonly done: number
  /** Days that the source no longer has at this grain. */
  readonly beyondReach: number
}

/** What a plan is made by. */
export interface PlanParts {
  readonly calendars: Pick<Calendars, 'of'>
  readonly done: Pick<DoneDays, 'of'>
  readonly now: EpochMs
}

/** Plans. Days that have not begun are left out. */
export function planBackfill(wish: Wish, { calendars, done, now }: PlanParts): Plan {
  const daysOf = rememberedDays(wish, now)
  const oldest = reachOf(wish.grain, now)
  const units: BackfillUnit[] = []
  const counts = { days: 0, done: 0, beyondReach: 0 }
  for (const symbol of wish.symbols) {
    const calendar = calendars.of({ symbol, exchange: null, zone: null })
    const wanted: PlannedDay[] = []
    for (const day of daysOf(calendar)) {
      const landedUntil = landedOf(day, { state: done.of(symbol, day.tradeDate), grain: wish.grain, now })
      if (landedUntil === 'all') counts.done++
      else if (day.start < oldest) counts.beyondReach++
      else wanted.push(landedUntil === null ? day : { ...day, wanted: { tradeDate: day.tradeDate, landedUntil } })
    }
    counts.days += wanted.length
    units.push(...requestsOf(wanted, { symbol, calendar, grain: wish.grain, wish, oldest, now }))
  }
  // Stable: of one day, in the order of the symbols.
  return { units: units.sort((a, b) => lastDate(b) - lastDate(a)), ...counts }
}

/** Bars that end up to here are final. */
export function finalUntil(grain: HistoryGrain, now: EpochMs): EpochMs {
  const { lengthMs } = GRAIN_LIMITS[grain]
  const time = now - FINAL_AFTER_MS
  return (grain === '1d' ? time : Math.floor(time / lengthMs) * lengthMs) as EpochMs
}

/** The earliest time that the source has bars of. */
export function reachOf(grain: HistoryGrain, now: EpochMs): EpochMs {
  const reachMs = HISTORY_REACH_MS[grain]
  return (reachMs === null ? Number.MIN_SAFE_INTEGER : now - reachMs + REACH_MARGIN_MS) as EpochMs
}

/**
 * A unit as it is to be asked for now, which may be hours after it was planned: up to now, and without the days that
 * have left the source's reach, since it refuses a request that begins beyond. null: all of them have.
 */
export function unitAt(unit: BackfillUnit, now: EpochMs): BackfillUnit | null {
  const { symbol, calendar, grain, firstDate } = unit
  const oldest = reachOf(grain, now)
  const days = unit.days.flatMap((day) => {
    const hours = tradingDayOf(calendar, day.tradeDate, grain)
    return hours !== null && hours.start >= oldest ? [{ ...hours, wanted: day }] : []
  })
  const [first] = days
  if (first === undefined) return null
  const from = days.length === unit.days.length ? firstDate : first.tradeDate
  return requestOf(days, from, { symbol, calendar, grain, oldest, now })
}

/**
 * The days of a calendar that have begun, wanted whole. Looked up once and shared by all symbols that have it: decades
 * of thousands of symbols are millions of days.
 */
function rememberedDays(wish: Wish, now: EpochMs): (calendar: Calendar) => readonly PlannedDay[] {
  const known = new Map<Calendar, readonly PlannedDay[]>()
  const begunDays = (calendar: Calendar) =>
    tradingDaysOf(calendar, wish)
      .filter((day) => hasBegun(day, wish.grain, now))
      .map((day) => ({ ...day, wanted: { tradeDate: day.tradeDate, landedUntil: null } }))
  return (calendar) => {
    const days = known.get(calendar) ?? begunDays(calendar)
    known.set(calendar, days)
    if (wish.newest === undefined) return days
    return days.slice(-(calendar.hasHours ? wish.newest : wish.newest + WEEKEND_DATES))
  }
}

/** Where a market's hours are not known, its weekend may be among its days. */
const WEEKEND_DATES = 2

/** Whether any bar of the day can be final. A daily bar is there when its day is over. */
function hasBegun({ start, end }: TradingDay, grain: HistoryGrain, now: EpochMs): boolean {
  return finalUntil(grain, now) >= (grain === '1d' ? end : start + GRAIN_LIMITS[grain].lengthMs)
}

interface DayQuestion {
  readonly state: ReturnType<DoneDays['of']>
  readonly grain: HistoryGrain
  readonly now: EpochMs
}

/** A day that ran when it was fetched is asked for again once more of it is final. */
function landedOf(day: TradingDay, { state, grain, now }: DayQuestion): EpochMs | null | 'all' {
  if (state === undefined) return null
  if (state.state !== 'partial') return 'all'
  const { coveredUntil } = state
  return coveredUntil !== null && Math.min(day.end, finalUntil(grain, now)) <= coveredUntil ? 'all' : coveredUntil
}

interface RequestParts extends Pick<BackfillUnit, 'symbol' | 'calendar' | 'grain'> {
  readonly oldest: EpochMs
  readonly now: EpochMs
}

/** The hours of a day, and what is asked for of it. */
interface PlannedDay extends TradingDay {
  readonly wanted: WantedDay
}

function requestsOf(
  days: readonly PlannedDay[],
  { wish, ...parts }: RequestParts & { readonly wish: Wish },
): BackfillUnit[] {
  const { datesPerRequest } = GRAIN_LIMITS[wish.grain]
  const units: BackfillUnit[] = []
  for (let end = days.length; end > 0; ) {
    const last = days[end - 1] as PlannedDay
    const earliest = last.tradeDate - datesPerRequest + 1
    let first = end - 1
    while (first > 0 && (days[first - 1] as PlannedDay).tradeDate >= earliest) first--
    const before = days[first - 1]?.tradeDate ?? (wish.newest === undefined ? wish.from - 1 : null)
    const firstDate = before === null ? (days[first] as PlannedDay).tradeDate : Math.max(before + 1, earliest)
    units.push(requestOf(days.slice(first, end), firstDate, parts))
    end = first
  }
  return units
}

/** The window holds the dates in any zone: what market it is, the answer tells better than the symbol. */
function requestOf(
  days: readonly PlannedDay[],
  firstDate: TradeDate,
  { symbol, calendar, grain, oldest, now }: RequestParts,
): BackfillUnit {
  const [first, last] = [days[0] as PlannedDay, days.at(-1) as PlannedDay]
  const from = Math.min(first.start, firstDate * DAY_MS - WINDOW_PAD_MS)
  const to = Math.max(last.end, (last.tradeDate + 1) * DAY_MS + WINDOW_PAD_MS)
  return {
    ...{ symbol, calendar, firstDate, grain },
    days: days.map(({ wanted }) => wanted),
    from: Math.max(from, oldest) as EpochMs,
    to: Math.min(to, now) as EpochMs,
  }
}

function lastDate({ days }: BackfillUnit): TradeDate {
  return (days.at(-1) as WantedDay).tradeDate
}
