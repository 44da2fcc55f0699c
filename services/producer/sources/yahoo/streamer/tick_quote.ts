// From a tick to a quote: which ticks are one and the same, what was traded in one, and what the last polled row adds.

import type { Calendars } from '#calendar/calendar'
import { exchangeZoneOf, type Quote, ZONE_FIELD } from '#market/quote'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import { TICK_TIME_AHEAD_MAX_MS } from '#services/producer/limits'
import { type FollowedSymbol, learnMarket } from '#services/producer/sources/yahoo/followed_symbols'
import { quoteId } from '#services/producer/sources/yahoo/quote_id'
import type { Tick } from '#services/producer/sources/yahoo/streamer/frame'

/** What came of ticks; each is counted once, as `quotes` or `repeated`. */
export interface TickCounts {
  quotes: number
  /** Known already: sent again after a subscription, or polled before. */
  repeated: number
  /** Among the quotes: the day's volume grew by more than the tick's own size, so others were merged into it. */
  merged: number
}

/** What all ticks are read with. */
export interface TickContext {
  readonly clock: Clock
  readonly calendars: Calendars
  readonly counts: TickCounts
}

/** The quote of a tick; null when it says nothing new. Remembers it. On the hot path. */
export function quoteOfTick(tick: Tick, followed: FollowedSymbol, context: TickContext): Quote | null {
  const { clock, calendars, counts } = context
  const now = clock.now()
  followed.tickAt = now
  const price = roundedPrice(tick.price, tick.priceHint)
  if (!followed.recentTicks.isNews(tick, price)) {
    counts.repeated++
    return null
  }
  if (tick.exchange && tick.exchange !== followed.exchange) {
    const zone = followed.row === null ? null : exchangeZoneOf(followed.row)
    learnMarket(followed, { exchange: tick.exchange, zone }, calendars)
  }
  const isPolledAlready = isOfSentRow(tick, price, followed.sentRow)
  const size = isPolledAlready ? null : sizeOf(tick, followed, counts)
  takeNewest(tick, followed, now)
  counts[isPolledAlready ? 'repeated' : 'quotes']++
  return isPolledAlready ? null : makeQuote(tick, { price, size, followed })
}

/** A row has its time in whole seconds, and no size. Its price is a double: a tick of it is rounded to fewer digits. */
function isOfSentRow(tick: Tick, price: number, row: Quote | null): boolean {
  if (row === null || roundedPrice(Math.fround(row.price), tick.priceHint) !== price) return false
  if (Math.floor(tick.time / 1_000) !== Math.floor(row.timestamp / 1_000)) return false
  return row.dayVolume === null || tick.dayVolume === null || row.dayVolume === tick.dayVolume
}

/** The size of the last trade, where the day's volume has grown by just that. Otherwise the growth is the truth. */
function sizeOf(tick: Tick, { dayVolume, tickTime, calendar }: FollowedSymbol, counts: TickCounts): number | null {
  if (calendar.totals === 'rolling') return null
  if (tick.lastSize === null || tick.dayVolume === null || dayVolume === null || tick.time < tickTime) return null
  const growth = tick.dayVolume - dayVolume
  if (tick.lastSize > 0 && growth === tick.lastSize) return growth
  if (growth > tick.lastSize) counts.merged++
  return null
}

/** A tick from far ahead is handed on, for the decoder to refuse; rows are not measured by it. */
function takeNewest(tick: Tick, followed: FollowedSymbol, now: number): void {
  if (tick.time < followed.tickTime || tick.time > now + TICK_TIME_AHEAD_MAX_MS) return
  followed.tickTime = tick.time
  followed.dayVolume = tick.dayVolume
  followed.tickState = stateOf(tick.marketHours)
}

interface QuoteParts {
  readonly price: number
  readonly size: number | null
  readonly followed: FollowedSymbol
}

function makeQuote(tick: Tick, { price, size, followed }: QuoteParts): Quote {
  const { row } = followed
  const bid = priceOrNull(tick.bid, tick.priceHint)
  const ask = priceOrNull(tick.ask, tick.priceHint)
  return {
    symbol: tick.id,
    price,
    timestamp: tick.time as EpochMs,
    id: quoteId({ time: tick.time, price, dayVolume: tick.dayVolume, lastSize: tick.lastSize }),
    size,
    dayVolume: amountOrNull(tick.dayVolume),
    bid,
    ask,
    bidSize: bid === null ? null : amountOrNull(tick.bidSize),
    askSize: ask === null ? null : amountOrNull(tick.askSize),
    currency: row?.currency ?? (tick.currency || null),
    exchange: tick.exchange || null,
    marketState: stateOf(tick.marketHours),
    previousClose: previousCloseOf(row, followed, tick.time) ?? priceOrNull(tick.previousClose, tick.priceHint),
    source: 'yahoo',
    extra: extraOf(tick, size, followed.zone),
  }
}

/** The previous close of a row that was made on the same trade date: that of another day compares with another day. */
function previousCloseOf(row: Quote | null, { calendar }: FollowedSymbol, time: number): number | null {
  if (row === null || row.previousClose === null) return null
  return calendar.spanAt(row.timestamp).tradeDate === calendar.spanAt(time).tradeDate ? row.previousClose : null
}

function extraOf(tick: Tick, size: number | null, zone: string | null): Readonly<Record<string, unknown>> | null {
  const { marketHours, lastSize } = tick
  const isHoursUnknown = marketHours !== null && MARKET_STATES[marketHours] === undefined
  const isSizeDoubtful = lastSize !== null && size === null
  if (!isHoursUnknown && !isSizeDoubtful && zone === null) return null
  return {
    ...(isHoursUnknown ? { marketHours } : {}),
    ...(isSizeDoubtful ? { lastSize } : {}),
    ...(zone === null ? {} : { [ZONE_FIELD]: zone }),
  }
}

/** By Yahoo's number. The published enum ends with 3, but 4 is sent by night. */
const MARKET_STATES: readonly (string | undefined)[] = ['PRE', 'REGULAR', 'POST', 'EXTENDED', 'OVERNIGHT']

/** The word for a number of `market_hours`; OTHER for one that nobody knows. */
export function stateOf(marketHours: number | null): string | null {
  return marketHours === null ? null : (MARKET_STATES[marketHours] ?? 'OTHER')
}

const SCALES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]

/**
 * A float of 32 bits as the decimal number it stands for: `hint` decimals, or seven digits where there is no hint, or
 * where it would leave nothing.
 */
export function roundedPrice(float: number, hint: number | null): number {
  const scale = SCALES[hint ?? -1]
  if (scale !== undefined) {
    const scaled = Math.round(float * scale)
    if (scaled !== 0 && Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return scaled / scale
  }
  return Number(float.toPrecision(7))
}

function priceOrNull(float: number | null, hint: number | null): number | null {
  return float !== null && float > 0 && float < Number.POSITIVE_INFINITY ? roundedPrice(float, hint) : null
}

function amountOrNull(amount: number | null): number | null {
  return amount !== null && amount >= 0 ? amount : null
}
