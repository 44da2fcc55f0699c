// The wall clock of a zone: local dates and minutes to instants. Where clocks change, a local time that comes twice is
// the first one, and one that is left out is as much later as clocks are put forward.

import { OFFSETS_REMEMBERED_MAX } from '#calendar/limits'
import { instantOfLocal, type OffsetAt, zoneOffset } from '#market/decoding/time_zone'
import type { TradeDate } from '#market/session'
import { DAY_MS, type EpochMs, MINUTE_MS } from '#runtime/units'

/** Tells the instant of a local time. */
export interface ZoneClock {
  /** Of a minute of a date, counted from its midnight; negative ones are of the day before. */
  instantOf(date: TradeDate, minute: number): EpochMs
  /** The minute of an instant, counted from midnight of the date; a fraction where there are seconds. */
  minuteOf(date: TradeDate, instant: number): number
}

/** Whether there is a zone of that name. */
export function isZone(name: string): boolean {
  return zoneOffset(name) !== null
}

/** The clock of an IANA zone. Throws a RangeError when there is none of that name. */
export function zoneClock(zone: string): ZoneClock {
  const exact = zoneOffset(zone)
  if (exact === null) throw new RangeError(`there is no time zone ${JSON.stringify(zone)}`)
  const offsetAt = offsetsByDay(exact)
  return {
    instantOf: (date, minute) => instantOfLocal(date * DAY_MS + minute * MINUTE_MS, offsetAt) as EpochMs,
    minuteOf: (date, instant) => (instant + offsetAt(instant) - date * DAY_MS) / MINUTE_MS,
  }
}

/** On most days no clock changes: where both midnights of UTC have one offset, all between them has it. */
function offsetsByDay(exact: OffsetAt): OffsetAt {
  const atMidnight = new Map<number, number>()
  const offsetOf = (day: number) => {
    let offset = atMidnight.get(day)
    if (offset === undefined) {
      if (atMidnight.size >= OFFSETS_REMEMBERED_MAX) atMidnight.clear()
      offset = exact(day * DAY_MS)
      atMidnight.set(day, offset)
    }
    return offset
  }
  return (utcMs) => {
    const day = Math.floor(utcMs / DAY_MS)
    const offset = offsetOf(day)
    return offset === offsetOf(day + 1) ? offset : exact(utcMs)
  }
}
