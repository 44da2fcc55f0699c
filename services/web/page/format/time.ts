// Times as text, by the clock of a zone, which is given by its IANA name. Formats are kept, since making one is slow.

/** `15:31:20` */
export function timeText(time: number, zone: string): string {
  return formatsOf(zone).time.format(time)
}

/** `15:31` */
export function minuteText(time: number, zone: string): string {
  return formatsOf(zone).minute.format(time)
}

/** `27 Nov 15:31:20` */
export function dayTimeText(time: number, zone: string): string {
  return `${formatsOf(zone).day.format(time)} ${timeText(time, zone)}`
}

/** The time alone for today, with its day for others. */
export function shortTimeText(time: number, now: number, zone: string): string {
  const { day } = formatsOf(zone)
  return day.format(time) === day.format(now) ? timeText(time, zone) : dayTimeText(time, zone)
}

/** `09:30` for today, `Mon 09:30` for the days after it. */
export function weekdayTimeText(time: number, now: number, zone: string): string {
  const { day, weekday } = formatsOf(zone)
  const text = minuteText(time, zone)
  return day.format(time) === day.format(now) ? text : `${weekday.format(time)} ${text}`
}

/** `UTC`, `EST` or `EDT`, as it is called at that time. */
export function zoneText(time: number, zone: string): string {
  const parts = formatsOf(zone).zone.formatToParts(time)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

/** `New York` of `America/New_York`. */
export function cityText(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

interface Formats {
  readonly time: Intl.DateTimeFormat
  readonly minute: Intl.DateTimeFormat
  readonly day: Intl.DateTimeFormat
  readonly weekday: Intl.DateTimeFormat
  readonly zone: Intl.DateTimeFormat
}

const FORMATS = new Map<string, Formats>()

function formatsOf(timeZone: string): Formats {
  const formats = FORMATS.get(timeZone) ?? {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }),
    minute: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }),
    day: new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }),
    weekday: new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }),
    zone: new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }),
  }
  FORMATS.set(timeZone, formats)
  return formats
}
