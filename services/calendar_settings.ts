// The settings of the calendars, read in one place: whatever needs a calendar takes those that are opened here, so that
// all services and commands agree on a quote's trade date. CALENDAR_FILE is read once, with the settings, so that its
// errors are listed with all else that is wrong.

import type { Calendars } from '#calendar/calendar'
import { CALENDAR_DEFAULT_NAME, openCalendars } from '#calendar/calendars'
import { type OverrideReading, readOverrides } from '#calendar/override_file'
import type { CalendarOverride } from '#calendar/overrides'
import { readTextFile } from '#runtime/files/text_file'
import { type Setting, type SettingsOf, settingsGroup, textSetting } from '#runtime/settings'
import { shownValue, withoutSecrets } from '#runtime/shown_value'

/** The variables of the calendars. */
export const calendarSettings = settingsGroup({
  CALENDAR_DEFAULT: textSetting().default(CALENDAR_DEFAULT_NAME),
  CALENDAR_FILE: overridesSetting(),
}).together(['CALENDAR_DEFAULT', 'CALENDAR_FILE'], ({ CALENDAR_DEFAULT: name, CALENDAR_FILE: overrides }) => {
  if (openCalendars({ overrides }).named(name) !== undefined) return null
  const wanted = 'must be the name of a calendar, such as XNYS or 24/7, or the IANA name of a time zone'
  return `CALENDAR_DEFAULT ${wanted}, not ${shownValue(name)}`
})

/** The calendars that the settings ask for. */
export function calendarsOf(settings: SettingsOf<typeof calendarSettings.shape>): Calendars {
  return openCalendars({ defaultName: settings.CALENDAR_DEFAULT, overrides: settings.CALENDAR_FILE })
}

/** A setting that names a file and has its overrides as the value; none when it is unset. */
function overridesSetting(): Setting<readonly CalendarOverride[]> {
  return textSetting()
    .optional()
    .map((path) => {
      if (path === undefined) return { value: [] }
      const reading = readOverrideFile(path)
      if (reading.kind === 'overrides') return { value: reading.overrides }
      return { faults: reading.faults.map((fault) => `(${withoutSecrets(path)}): ${fault}`) }
    })
}

function readOverrideFile(path: string): OverrideReading {
  const file = readTextFile(path)
  if ('text' in file) return readOverrides(file.text)
  return { kind: 'faults', faults: [`the file cannot be read: ${file.reason}`] }
}
