// The calendar of a market: its local hours as instants. Time is cut into trading days, each from its first session to
// that of the next one, so spans tile all of time without gap or overlap. What was asked for is remembered.

import type { Calendar, MarketSpan } from '#calendar/calendar'
import { TRADE_DATE_MAX, TRADE_DATE_MIN, TRADE_DATES_REMEMBERED_MAX } from '#calendar/limits'
import type { Market } from '#calendar/market'
import { type ZoneClock, zoneClock } from '#calendar/zone_clock'
import type { TradeDate } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'

/** Makes the calendar of a market. Throws a RangeError when there is no such zone. */
export function marketCalendar(market: Market): Calendar {
  return new MarketCalendar(market)
}

/** Before every instant, and after every one. */
const TIME_MIN = Number.MIN_SAFE_INTEGER as EpochMs
const TIME_MAX = 2 ** 53

/** A date with its sessions. */
interface TradingDay {
  /** Without `none`. */
  readonly sessions: readonly MarketSpan[]
  /** With `none`, up to the next trading day. Made when an instant is first looked up in it. */
  tiles: readonly MarketSpan[] | null
}

const NO_SPANS: readonly MarketSpan[] = []

class MarketCalendar implements Calendar {
  readonly name: string
  readonly zone: string
  readonly totals: Calendar['totals']
  readonly hasHours: boolean
  readonly #market: Market
  readonly #clock: ZoneClock
  /** Null for dates on which nothing trades. */
  readonly #days = new Map<TradeDate, TradingDay | null>()
  /** The span that was last asked for. */
  #last: MarketSpan

  constructor(market: Market) {
    this.name = market.name
    this.zone = market.zone
    this.totals = market.totals
    this.hasHours = market.hasHours
    this.#market = market
    this.#clock = zoneClock(market.zone)
    this.#last = { start: TIME_MIN, end: TIME_MIN, session: 'none', tradeDate: TRADE_DATE_MIN - 1 }
  }

  spanAt(instant: number): MarketSpan {
    const last = this.#last
    return instant >= last.start && instant < last.end ? last : this.#find(instant)
  }

  spansOf(date: TradeDate): readonly MarketSpan[] {
    return this.#dayOf(date)?.sessions ?? NO_SPANS
  }

  isProvisional(date: TradeDate): boolean {
    return this.#market.isProvisional(date)
  }

  #find(instant: number): MarketSpan {
    // A trading day begins at most a day before its date, and local time is less than a day ahead of UTC.
    const latest = Math.min(Math.floor(instant / DAY_MS) + 2, TRADE_DATE_MAX)
    for (let date = latest; date >= TRADE_DATE_MIN; date--) {
      const day = this.#dayOf(date)
      if (day === null || (day.sessions[0] as MarketSpan).start > instant) continue
      day.tiles ??= this.#tilesOf(date, day.sessions)
      const tile = day.tiles.find(({ end }) => instant < end) ?? (day.tiles.at(-1) as MarketSpan)
      this.#last = tile
      return tile
    }
    this.#last = this.#beforeAll()
    return this.#last
  }

  #dayOf(date: TradeDate): TradingDay | null {
    const known = this.#days.get(date)
    if (known !== undefined) return known
    if (this.#days.size >= TRADE_DATES_REMEMBERED_MAX) this.#days.clear()
    const sessions = this.#sessionsOf(date)
    const day = sessions.length === 0 ? null : { sessions, tiles: null }
    this.#days.set(date, day)
    return day
  }

  #sessionsOf(date: TradeDate): readonly MarketSpan[] {
    if (!(date >= TRADE_DATE_MIN && date <= TRADE_DATE_MAX && Number.isInteger(date))) return NO_SPANS
    const spans: MarketSpan[] = []
    const nextDay = this.#openingOf(date + 1)
    let free = TIME_MIN
    for (const { from, to, session } of this.#market.hoursOn(date)) {
      const start = Math.max(free, this.#clock.instantOf(date, from)) as EpochMs
      const end = Math.min(nextDay, this.#clock.instantOf(date, to)) as EpochMs
      // A zone may leave out hours, or a whole day as Samoa did in 2011.
      if (start < end) spans.push({ start, end, session, tradeDate: date })
      free = Math.max(free, end) as EpochMs
    }
    return spans
  }

  /** When a date's hours begin; overridden ones may begin before those of the date before have ended. */
  #openingOf(date: TradeDate): number {
    const [first] = date <= TRADE_DATE_MAX ? this.#market.hoursOn(date) : []
    return first === undefined ? TIME_MAX : this.#clock.instantOf(date, first.from)
  }

  /** The sessions of a date and what lies between and after them. */
  #tilesOf(date: TradeDate, sessions: readonly MarketSpan[]): readonly MarketSpan[] {
    const tiles: MarketSpan[] = []
    const rest = (start: EpochMs, end: EpochMs) => {
      if (start < end) tiles.push({ start, end, session: 'none', tradeDate: date })
    }
    for (const [i, span] of sessions.entries()) {
      tiles.push(span)
      rest(span.end, sessions[i + 1]?.start ?? this.#startAfter(date))
    }
    return tiles
  }

  /** When the trading day after a date begins. */
  #startAfter(date: TradeDate): EpochMs {
    for (let next = date + 1; next <= TRADE_DATE_MAX; next++) {
      const [first] = this.#sessionsOf(next)
      if (first !== undefined) return first.start
    }
    return TIME_MAX as EpochMs
  }

  #beforeAll(): MarketSpan {
    const span = { start: TIME_MIN, end: this.#startAfter(TRADE_DATE_MIN - 1), session: 'none' } as const
    return { ...span, tradeDate: TRADE_DATE_MIN - 1 }
  }
}
