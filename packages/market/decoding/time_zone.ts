// Local time to instants, by the rules of the IANA zones that Intl knows. Pure: the same local time is always the same
// instant. Where clocks change, the rule is that of Python's datetime and of Temporal ("compatible"): of a local time
// that comes twice the first is meant, and one that is left out is as much later as clocks were put forward.

import { DAY_MS, MINUTE_MS } from '#runtime/units'

/** A zone. */
export interface TimeZone {
  /** The instant of a local time; both in milliseconds, the local time as if it were UTC. */
  instantOf(localMs: number): number
}

/** The zone of an IANA name, like `America/New_York` or `UTC`; null when there is none of that name. */
export function timeZone(name: string): TimeZone | null {
  const exact = zoneOffset(name)
  if (exact === null) return null
  const offsetAt = cachedOffsets(exact)
  return {
    instantOf(localMs) {
      return localMs >= LOCAL_MIN_MS && localMs <= LOCAL_MAX_MS ? instantOfLocal(localMs, offsetAt) : localMs
    },
  }
}

/** How far local time is ahead of UTC at an instant, in milliseconds. */
export type OffsetAt = (utcMs: number) => number

/** The offset of a zone, worked out anew at each call; null when there is no zone of that name. */
export function zoneOffset(name: string): OffsetAt | null {
  const format = localFormat(name)
  return format === null ? null : (utcMs) => offsetOf(format, utcMs)
}

/** The instant of a local time, by the rule above. */
export function instantOfLocal(localMs: number, offsetAt: OffsetAt): number {
  const before = offsetAt(localMs - DAY_MS)
  if (offsetAt(localMs - before) === before) return localMs - before
  const after = offsetAt(localMs + DAY_MS)
  return offsetAt(localMs - after) === after ? localMs - after : localMs - before
}

/** Beyond these no quote has a valid time, whatever the zone, so they are not looked up. */
const LOCAL_MIN_MS = Date.UTC(1999, 0, 1)
const LOCAL_MAX_MS = Date.UTC(9999, 0, 1)

/** Clocks change on a quarter hour of UTC, but for a few that change a minute after one. */
const SLOT_MS = 15 * MINUTE_MS

/** Slots that are remembered: 85 days. Beyond, all are forgotten. */
const SLOTS_MAX = 8_192

function cachedOffsets(exact: OffsetAt): OffsetAt {
  const bySlot = new Map<number, number>()
  return (utcMs) => {
    const slot = Math.floor(utcMs / SLOT_MS)
    let offset = bySlot.get(slot)
    if (offset === undefined) {
      if (bySlot.size >= SLOTS_MAX) bySlot.clear()
      offset = offsetOfSlot(exact, slot)
      bySlot.set(slot, offset)
    }
    return Number.isNaN(offset) ? exact(utcMs) : offset
  }
}

/** The offset all through a slot, or NaN when clocks change within it. */
function offsetOfSlot(exact: OffsetAt, slot: number): number {
  const first = exact(slot * SLOT_MS)
  return first === exact((slot + 1) * SLOT_MS - 1) ? first : Number.NaN
}

function offsetOf(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = format.formatToParts(utcMs)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value)
  const day = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return day - Math.floor(utcMs / 1000) * 1000
}

function localFormat(timeZone: string): Intl.DateTimeFormat | null {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...fields, second: 'numeric' })
  } catch {
    return null
  }
}
