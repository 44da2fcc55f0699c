// Time as the followed markets live it: whether one of them is open, and for how long they were open since an instant.
// Open means regular hours, by the calendars; of a market whose hours nobody knows its newest quote is believed.

import type { Calendar } from '#calendar/calendar'
import { openTimeBetween } from '#calendar/session_time'
import type { EpochMs } from '#runtime/units'
import { CLOSED_AGE_MS_MAX, OPEN_TIME_BACK_MS_MAX } from '#services/web/flow/limits'

/** The markets at a moment. */
export interface MarketTime {
  readonly now: EpochMs
  /** One of them is in regular hours. */
  readonly isOpen: boolean
  /** How long it was open since then: of several markets, the one that was open longest. Exact up to some hours. */
  openMsSince(time: EpochMs): number
}

/** What is known of the markets. */
export interface FollowedMarkets {
  readonly now: EpochMs
  /** Those of all followed symbols; none before the first quote. */
  readonly calendars: Iterable<Calendar>
  /** What the newest quote says of its market. */
  readonly marketState: string | null
}

/** The time of the followed markets. */
export function marketTime({ now, calendars, marketState }: FollowedMarkets): MarketTime {
  const all = [...calendars]
  const known = all.filter(({ hasHours }) => hasHours)
  const areAllKnown = known.length > 0 && known.length === all.length
  const told = areAllKnown ? [] : [toldTime(now, saysClosed(marketState))]
  const times = [...known.map((calendar) => calendarTime(now, calendar)), ...told]
  return {
    now,
    isOpen: times.some(({ isOpen }) => isOpen),
    openMsSince: (time) => Math.max(...times.map((each) => each.openMsSince(time))),
  }
}

function calendarTime(now: EpochMs, calendar: Calendar): Omit<MarketTime, 'now'> {
  return {
    isOpen: calendar.spanAt(now).session === 'regular',
    openMsSince: (time) => openTimeBetween(calendar, Math.max(time, now - OPEN_TIME_BACK_MS_MAX), now),
  }
}

/** A market that is open unless its quotes say otherwise, and closed over a long weekend at most. */
function toldTime(now: EpochMs, isClosed: boolean): Omit<MarketTime, 'now'> {
  return {
    isOpen: !isClosed,
    openMsSince: (time) => (isClosed && now - time <= CLOSED_AGE_MS_MAX ? 0 : now - time),
  }
}

/** Yahoo's words for a market in which nobody trades: by night, and around it. */
const CLOSED_STATES: ReadonlySet<string> = new Set(['CLOSED', 'PREPRE', 'POSTPOST'])

/** Whether a quote's `marketState` says that its market is closed. */
export function saysClosed(marketState: string | null): boolean {
  return marketState !== null && CLOSED_STATES.has(marketState.toUpperCase())
}
