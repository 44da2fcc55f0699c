// A venue: the symbols that trade by one calendar, and its newest day of regular trading, told in the market's count of
// turns. Only regular trading adds to a day's total; outside it quotes repeat the total that was last reached, as
// Yahoo's do. The day is all that is kept: it goes into the position of the market.

import type { Calendar, MarketSpan } from '#calendar/calendar'
import type { Session, TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'

/** What has quotes when. */
export interface Venue {
  readonly calendar: Calendar
  /** Whether there are quotes in the sessions around the regular one. */
  readonly isExtended: boolean
}

/** Whether a venue's symbols have quotes in a session. */
export function tradesIn(venue: Venue, session: Session): boolean {
  return session === 'regular' || (venue.isExtended && session !== 'none')
}

/** The newest day of a venue on which regular trading has begun. Counts below 0 lie before the market's beginning. */
export interface VenueDay {
  readonly date: TradeDate
  /** The count at which it began. A pause moves it on by the turns that passed in it. */
  readonly start: number
  /** The count at which it ended, or paused; null while it goes on. */
  readonly end: number | null
  /** The count at which the day before ended. */
  readonly beforeEnd: number
}

/** A venue while quotes are made. What it says of its day is true of the turn that it was last asked of. */
export interface OpenVenue {
  /** What it does at a turn; null: nothing is quoted. Instants and counts must not go back. */
  sessionAt(instant: number, count: number): Session | null
  /** When the session of that turn began. */
  readonly openedMs: number
  readonly date: TradeDate
  readonly start: number
  /** The count at which the regular trading ended that the day's total is of; `count` while it goes on. */
  endAt(count: number): number
  /** The count at which the day ended whose last price is the previous close: ahead of the opening it is `date`. */
  closedAt(count: number): number
  day(): VenueDay
}

/** The count of a symbol's last turn before a count. Symbols take turns in the order of their indexes. */
export function lastTurn(
  before: number,
  { index, symbols }: { readonly index: number; readonly symbols: number },
): number {
  const later = (before - 1 - index) % symbols
  return before - 1 - (later < 0 ? later + symbols : later)
}

/** A venue's day at the beginning of a market, as if it had traded before at its rate: `turnsPerMs` of all symbols. */
export function firstDay({ calendar }: Venue, { at, turnsPerMs }: { at: number; turnsPerMs: number }): VenueDay {
  const span = calendar.spanAt(at)
  let date = span.tradeDate
  let tradedMs = regularMs(calendar, { date, until: at })
  for (let back = 0; tradedMs === 0 && back < CLOSED_DAYS_MAX; back++) {
    date--
    tradedMs = regularMs(calendar, { date, until: at })
  }
  const start = -Math.floor(tradedMs * turnsPerMs)
  const goesOn = span.session === 'regular' && span.tradeDate === date
  return { date, start, end: goesOn ? null : 0, beforeEnd: start }
}

/** No exchange is closed for longer than this. */
const CLOSED_DAYS_MAX = 30

function regularMs(calendar: Calendar, { date, until }: { date: TradeDate; until: number }): number {
  return calendar
    .spansOf(date)
    .filter((span) => span.session === 'regular')
    .reduce((sum, span) => sum + Math.max(0, Math.min(span.end, until) - span.start), 0)
}

/** Opens a venue on its day. `symbols` of the market take turns. */
export function openVenue(venue: Venue, from: VenueDay, symbols: number): OpenVenue {
  let { date, start, end, beforeEnd } = from
  let span: MarketSpan = { ...BEFORE_ALL, tradeDate: date }
  const enter = (count: number) => {
    if (span.session !== 'regular') {
      end ??= count
    } else if (span.tradeDate !== date) {
      beforeEnd = end ?? count
      date = span.tradeDate
      start = count
      end = null
    }
  }
  /** After a pause the round that it broke off is ended first, so that no symbol has a turn too many. */
  const goesOn = (count: number) => {
    if (end === null) return true
    if ((count - end) % symbols !== 0) return false
    start += count - end
    end = null
    return true
  }
  return {
    sessionAt(instant, count) {
      if (instant >= span.end) {
        span = venue.calendar.spanAt(instant)
        enter(count)
      }
      if (span.session === 'regular') return goesOn(count) ? 'regular' : null
      return tradesIn(venue, span.session) ? span.session : null
    },
    get openedMs() {
      return span.start
    },
    get date() {
      return date
    },
    get start() {
      return start
    },
    endAt: (count) => end ?? count,
    closedAt: (count) => (span.tradeDate === date ? beforeEnd : (end ?? count)),
    day: () => ({ date, start, end, beforeEnd }),
  }
}

const LONG_AGO = Number.NEGATIVE_INFINITY as EpochMs
const BEFORE_ALL = { start: LONG_AGO, end: LONG_AGO, session: 'none' } as const
