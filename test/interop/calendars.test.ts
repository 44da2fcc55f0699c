// The calendars against those that others keep: the Python package exchange_calendars, every day from 2000 to 2028 that
// it has. Opening, lunch break and close of each day are the same, and so are the days without a session.

import { describe, expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { parseTradeDate, tradeDateText } from '#market/session'
import { pythonEnvironment } from '#support/engines/python'

const python = await pythonEnvironment(['exchange_calendars==4.13.2', 'pandas==3.1.1'])

/** Prints the first and the last date, and of each session its date, open, break and close, in seconds of UTC. */
const PROGRAM = `
import json, sys, pandas
from exchange_calendars.calendar_utils import _default_calendar_factories as factories
calendar = factories[sys.argv[1]]
first = max(pandas.Timestamp(sys.argv[2]), calendar.bound_min() or pandas.Timestamp.min)
last = min(pandas.Timestamp('2028-12-31'), calendar.bound_max() or pandas.Timestamp.max)
schedule = calendar(start=first, end=last).schedule
seconds = lambda time: None if pandas.isna(time) else int(time.timestamp())
rows = [[str(day.date()), *map(seconds, (row.open, row.break_start, row.break_end, row.close))]
        for day, row in schedule.iterrows()]
print(json.dumps([str(first.date()), str(last.date()), rows]))
`

type Row = readonly [date: string, ...times: (number | null)[]]

interface Oracle {
  readonly first: string
  readonly last: string
  readonly rows: ReadonlyMap<string, string>
}

async function oracleOf(name: string, first: string): Promise<Oracle> {
  if ('missing' in python) throw new Error(python.missing)
  const [from, last, rows] = JSON.parse(await python.run(PROGRAM, [name, first])) as [string, string, Row[]]
  return { first: from, last, rows: new Map(rows.map(([date, ...times]) => [date, times.join()])) }
}

/** Opening, lunch break and close of a date, in seconds; undefined when there is no regular session. */
function sessionOf(calendar: Calendar, date: number): string | undefined {
  const regular = calendar.spansOf(date).filter(({ session }) => session === 'regular')
  const [morning, afternoon] = regular
  if (morning === undefined) return undefined
  expect(regular.length).toBeLessThanOrEqual(2)
  const lunch = afternoon === undefined ? [null, null] : [morning.end / 1000, afternoon.start / 1000]
  return [morning.start / 1000, ...lunch, (afternoon ?? morning).end / 1000].join()
}

const at = (time: string) => (time === '' ? '-' : new Date(Number(time) * 1000).toISOString().slice(11, 16))
const shown = (times: string | undefined) => times?.split(',').map(at).join(' ') ?? 'closed'

/** What differs, as `2023-05-08: ours closed, theirs 07:00 - - 15:30`, in UTC. */
function differences(calendar: Calendar, { first, last, rows }: Oracle, daysAlone: boolean): string[] {
  const [from, to] = [parseTradeDate(first), parseTradeDate(last)] as [number, number]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((date) => {
    const [ours, theirs] = [sessionOf(calendar, date), rows.get(tradeDateText(date))]
    const isSame = daysAlone ? (ours === undefined) === (theirs === undefined) : ours === theirs
    return isSame ? [] : [`${tradeDateText(date)}: ours ${shown(ours)}, theirs ${shown(theirs)}`]
  })
}

const reason = 'missing' in python ? ` (skipped: ${python.missing})` : ''
const calendars = openCalendars({})
const named = (name: string) => calendars.named(name) as Calendar

describe.skipIf('missing' in python)(`exchange_calendars and we agree${reason}`, () => {
  const SINCE_2000 = ['XNYS', 'XLON', 'XTKS', 'XHKG', 'XTSE', 'XETR', 'XSWX', 'XMIL', 'XHEL', 'XOSL', 'XASX', 'XSHG']
  test.each([
    ...SINCE_2000.map((name) => [name, '2000-01-01'] as const),
    ...['XPAR', 'XAMS', 'XBRU'].map((name) => [name, '2002-01-01'] as const),
    ['XLIS', '2003-01-01'],
    ['XSTO', '2005-01-01'],
    ['XMAD', '2007-01-01'],
    ['XCSE', '2009-01-01'],
  ] as const)('on every session of %s since %s', async (name, since) => {
    const oracle = await oracleOf(name, since)
    expect(oracle.rows.size).toBeGreaterThan(4_900)
    expect(differences(named(name), oracle, false)).toEqual([])
  })

  test('on every day of Frankfurt, whose floor trades longer', async () => {
    expect(differences(named('XFRA'), await oracleOf('XFRA', '2000-01-01'), true)).toEqual([])
  })

  test('on every weekday of Mumbai; we know of five weekend days of trading besides', async () => {
    const extra = ['2015-02-28', '2020-02-01', '2024-01-20', '2025-02-01', '2026-02-01']
    const found = differences(named('XNSE'), await oracleOf('XBOM', '2000-01-01'), false)
    expect(found.map((difference) => difference.slice(0, 22))).toEqual(extra.map((date) => `${date}: ours 03:45`))
  })

  test('on every trade date of futures, except days of mourning', async () => {
    const mourning = ['2004-06-11', '2007-01-02', '2018-12-05', '2025-01-09']
    const found = differences(named('CME'), await oracleOf('CMES', '2000-01-01'), true)
    expect(found.map((difference) => difference.slice(0, 10))).toEqual(mourning)
  })
})
