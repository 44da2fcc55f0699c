// Times as text, by the clock that the viewer has chosen. Pure; formats are made once, since making one is slow.

import type { Zone } from '../page_context.ts'

/** Whose time "exchange" is, until each exchange is known by its own. */
export const EXCHANGE_ZONE = 'America/New_York'

/** The IANA name of a zone. */
export function zoneName(zone: Zone): string {
  return zone === 'utc' ? 'UTC' : EXCHANGE_ZONE
}

/** `15:31:20` */
export function timeText(time: number, zone: Zone): string {
  return FORMATS[zone].time.format(time)
}

/** `27 Nov 15:31:20` */
export function dayTimeText(time: number, zone: Zone): string {
  return `${FORMATS[zone].day.format(time)} ${timeText(time, zone)}`
}

/** The time alone for today, with its day for others. */
export function shortTimeText(time: number, now: number, zone: Zone): string {
  const { day } = FORMATS[zone]
  return day.format(time) === day.format(now) ? timeText(time, zone) : dayTimeText(time, zone)
}

/** `UTC`, `EST` or `EDT`, as it is called at that time. */
export function zoneText(time: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC'
  const parts = FORMATS.exchange.zone.formatToParts(time)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? EXCHANGE_ZONE
}

const FORMATS: Readonly<Record<Zone, Formats>> = { utc: formatsOf('utc'), exchange: formatsOf('exchange') }

interface Formats {
  readonly time: Intl.DateTimeFormat
  readonly day: Intl.DateTimeFormat
  readonly zone: Intl.DateTimeFormat
}

function formatsOf(zone: Zone): Formats {
  const timeZone = zoneName(zone)
  return {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }),
    day: new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }),
    zone: new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }),
  }
}
