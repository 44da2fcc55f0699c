// ISO-8601 instants, as producers write them. Stricter than Date.parse: no 30 February, and without a zone no instant,
// unless the caller names the zone that is meant. A leap second (RFC 3339: second 60) is the start of the next second:
// our times, like POSIX's, have no place for it. It is taken in any minute, since where it stands depends on the zone.

import type { TimeZone } from '#market/decoding/time_zone'
import { MINUTE_MS } from '#runtime/units'

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/

/**
 * Milliseconds since the epoch of an ISO-8601 date and time with a zone (`Z`, `+02:00`, `+0200`, `+02`), or of one
 * without in `localZone`; finer digits are cut off. NaN when the text is anything else.
 */
export function parseIsoInstant(text: string, localZone: TimeZone | null = null): number {
  const match = ISO_TIME.exec(text)
  if (match === null) return Number.NaN
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as Six
  const dayExists = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
  if (!dayExists || hour > 23 || minute > 59 || second > LEAP_SECOND) return Number.NaN
  const millis = second === LEAP_SECOND ? 0 : Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millis)
  const zone = match[8]
  if (zone !== undefined) return local - zoneOffsetMs(zone)
  return localZone === null ? Number.NaN : localZone.instantOf(local)
}

const LEAP_SECOND = 60

type Six = [number, number, number, number, number, number]

function daysOf(year: number, month: number): number {
  // Day 0 of the next month is the last of this one.
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

function zoneOffsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return Number.NaN
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS
}
