// ISO-8601 instants with a zone, as producers write them. Stricter than Date.parse: no zone, no instant; no 30 February.

const ISO_INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)$/

/**
 * Milliseconds since the epoch of an ISO-8601 date and time with a zone (`Z`, `+02:00`, `+0200`, `+02`); finer digits are cut
 * off. NaN when the text is anything else.
 */
export function parseIsoInstant(text: string): number {
  const match = ISO_INSTANT.exec(text)
  if (match === null) return Number.NaN
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as Six
  const dayExists = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
  if (!dayExists || hour > 23 || minute > 59 || second > 59) return Number.NaN
  const millis = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  return Date.UTC(year, month - 1, day, hour, minute, second, millis) - zoneOffsetMs(match[8] as string)
}

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
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
