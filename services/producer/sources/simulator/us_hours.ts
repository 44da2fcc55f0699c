// When the US stock market trades: Monday to Friday, 9:30 to 16:00 in New York. Holidays are not known here; a
// simulated market has none. Every boundary, and midnight, falls on a half hour of UTC as well, since New York is
// whole hours away.

import { MINUTE_MS } from '#runtime/units'

/** Whether the market trades at an instant, and the local date and time there. */
export interface UsHours {
  readonly open: boolean
  /** The date in New York, `2026-10-05`. */
  readonly date: string
  /** Milliseconds since midnight in New York, by the wall clock. */
  readonly sinceMidnightMs: number
  /** Up to here, exclusive, `open` and `date` cannot change. */
  readonly until: number
}

/** The trading hours at an instant in epoch milliseconds. */
export function usHoursAt(at: number): UsHours {
  const parts = Object.fromEntries(NEW_YORK.formatToParts(at).map(({ type, value }) => [type, value]))
  const minutes = Number(parts.hour) * 60 + Number(parts.minute)
  const weekend = parts.weekday === 'Sat' || parts.weekday === 'Sun'
  return {
    open: !weekend && minutes >= OPEN_MINUTES && minutes < CLOSE_MINUTES,
    date: `${parts.year}-${parts.month}-${parts.day}`,
    sinceMidnightMs: minutes * MINUTE_MS + (at % MINUTE_MS),
    until: Math.floor(at / HALF_HOUR_MS) * HALF_HOUR_MS + HALF_HOUR_MS,
  }
}

const HALF_HOUR_MS = 30 * MINUTE_MS
const OPEN_MINUTES = 9 * 60 + 30
const CLOSE_MINUTES = 16 * 60

const NEW_YORK = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
