// The settings of the calendars come to the calendars that they name.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseTradeDate } from '#market/session'
import { readSettings } from '#runtime/settings'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import { temporaryFolder } from '#support/temporary_folder'

const opened = (env: Readonly<Record<string, string>>) => calendarsOf(readSettings(env, calendarSettings))
const BARE = { symbol: 'A', exchange: null, zone: null }

test('a quote that tells nothing of its market has the calendar of New York, or that of the setting', () => {
  expect(opened({}).of(BARE).name).toBe('XNYS')
  expect(opened({ CALENDAR_DEFAULT: '24/7' }).of(BARE).name).toBe('24/7')
  expect(opened({ CALENDAR_DEFAULT: 'Europe/Vienna' }).of(BARE).name).toBe('Europe/Vienna')
})

test('a calendar that nobody knows is refused', () => {
  expect(() => opened({ CALENDAR_DEFAULT: 'XMARS' })).toThrow(
    /CALENDAR_DEFAULT must be the name of a calendar, such as XNYS or 24\/7, or the IANA name .*, not "XMARS"/,
  )
})

describe('CALENDAR_FILE', () => {
  const file = (content: unknown) => {
    const path = join(temporaryFolder(), 'calendars.json')
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  test('changes calendars, and makes new ones, which may be the default', () => {
    const own = { zone: 'Europe/Warsaw', hours: { regular: ['09:00-17:00'] } }
    const path = file({ calendars: { XNYS: { holidays: ['2026-11-27'] }, XWAR: own } })
    const calendars = opened({ CALENDAR_FILE: path, CALENDAR_DEFAULT: 'XWAR' })
    expect(calendars.of(BARE).name).toBe('XWAR')
    expect(calendars.named('XNYS')?.spansOf(parseTradeDate('2026-11-27') as number)).toEqual([])
  })

  test('that is wrong is refused with all of its errors, each with the name of the file', () => {
    const path = file({ calendars: { XMARS: {}, XNYS: { holidays: [1] } } })
    expect(() => opened({ CALENDAR_FILE: path })).toThrow(
      'wrong settings:\n' +
        `  CALENDAR_FILE (${path}): calendars.XMARS needs zone and hours: there is no such calendar to change\n` +
        `  CALENDAR_FILE (${path}): calendars.XNYS.holidays[0] must be a date such as "2027-12-24", not 1`,
    )
  })

  test('that is not there is refused', () => {
    expect(() => opened({ CALENDAR_FILE: '/nowhere/calendars.json' })).toThrow(
      'CALENDAR_FILE (/nowhere/calendars.json): the file cannot be read: there is no such file',
    )
  })
})
