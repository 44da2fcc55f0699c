// Bars of trading days, of minutes and of history.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import { tradeDateText } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { dayBars, dayBarsSql, rangeOfDates } from '#services/web/history/bars/day_bars'
import { regularMsOf, sessionsOf } from '#services/web/sessions/trading_day'
import { barOfSymbol } from './bars_rig.ts'
import { fillBars, fillHistory, type HistoryRow, openTables, SYMBOL } from './given_bars.ts'

const MINUTE = 60_000
const XNYS = openCalendars({}).named('XNYS') as Calendar
/** Wednesday; Thursday is Thanksgiving, and Friday a half day. */
const WEDNESDAY = Date.UTC(2026, 10, 25) / DAY_MS
const FRIDAY = WEDNESDAY + 2

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables.close())

async function daysOf(
  { first, end }: { first: number; end: number },
  isRegularOnly = false,
): Promise<readonly BarRow[]> {
  const range = rangeOfDates(XNYS, { first, end })
  const facts = {
    table: 'bars_1m',
    hasSessions: true,
    hasVolumeSince: true,
    barIntervalMs: MINUTE,
    live: [],
    isRegularOnly,
  }
  const history = ['1m', '5m', '1h', '1d'] as const
  const sql = dayBarsSql({ ...facts, symbol: SYMBOL, range, grainMs: DAY_MS, history }, { first, end })
  return dayBars((await tables.connection.runAndReadAll(sql)).getRows() as ReadRow[], XNYS)
}

/** Our bars of a trade date: from its regular opening, so many minutes. */
function minutesOf(date: number, { from = 0, count }: { from?: number; count: number }): BarRow[] {
  const opening = XNYS.spansOf(date).find(({ session }) => session === 'regular')?.start as number
  return Array.from({ length: count }, (_, i) => {
    const { symbol: _symbol, ...bar } = barOfSymbol('A', { start: opening, index: from + i })
    const session = XNYS.spanAt(bar.windowStart).session
    return { ...bar, complete: true, close: 10 + date - WEDNESDAY, tradeDate: tradeDateText(date), session }
  })
}

function dayOf(date: number, fields: Partial<HistoryRow> = {}): HistoryRow {
  const { start } = XNYS.spansOf(date).find(({ session }) => session === 'regular') ?? sessionsOf(XNYS, date)
  const windowEnd = (start + Math.max(1, regularMsOf(XNYS, date))) as EpochMs
  return { grain: '1d', windowStart: start, windowEnd, tradeDate: tradeDateText(date), close: 500, ...fields }
}

const told = (bars: readonly BarRow[]) => bars.map(({ tradeDate, close, origin }) => `${tradeDate} ${origin} ${close}`)

test('a year of daily history is there, each day by its date and with its own hours', async () => {
  await fillBars(tables.connection, [])
  const dates = Array.from({ length: 365 }, (_, i) => WEDNESDAY - 365 + i).filter(
    (date) => XNYS.spansOf(date).length > 0,
  )
  await fillHistory(
    tables.connection,
    dates.map((date) => dayOf(date)),
  )
  const bars = await daysOf({ first: WEDNESDAY - 365, end: WEDNESDAY })
  expect(bars.map(({ tradeDate }) => tradeDate)).toEqual(dates.map(tradeDateText))
  expect(bars.at(-1)).toMatchObject({
    windowStart: sessionsOf(XNYS, dates.at(-1) as number).start,
    windowEnd: sessionsOf(XNYS, dates.at(-1) as number).end,
    ...{ average: null, vwap: null, count: null, origin: 'history' },
  })
})

test('minutes that cover the regular hours go before history, a few of them do not', async () => {
  await fillBars(tables.connection, [
    ...minutesOf(WEDNESDAY, { count: 120 }),
    ...minutesOf(FRIDAY, { count: 210 }),
    ...minutesOf(FRIDAY + 3, { count: 30 }),
  ])
  await fillHistory(
    tables.connection,
    [WEDNESDAY, FRIDAY].map((date) => dayOf(date)),
  )
  expect(told(await daysOf({ first: WEDNESDAY, end: FRIDAY + 4 }))).toEqual([
    '2026-11-25 history 500',
    '2026-11-27 live 12',
    '2026-11-30 live 15',
  ])
})

test('a day that history has not to its end gives way to any minutes', async () => {
  await fillBars(tables.connection, minutesOf(FRIDAY, { count: 10 }))
  await fillHistory(tables.connection, [dayOf(WEDNESDAY, { isFinal: false }), dayOf(FRIDAY, { isFinal: false })])
  expect(told(await daysOf({ first: WEDNESDAY, end: FRIDAY + 1 }))).toEqual([
    '2026-11-25 history 500',
    '2026-11-27 live 12',
  ])
})

test('a day ends with its sessions and not at midnight of UTC, and may be of regular hours alone', async () => {
  // From 13:00 of the half day on it is after hours.
  const bars = [...minutesOf(FRIDAY, { from: -30, count: 270 })]
  await fillBars(tables.connection, bars)
  await fillHistory(tables.connection, [])
  const all = await daysOf({ first: WEDNESDAY, end: FRIDAY + 3 })
  const sum = (of: readonly BarRow[]) => of.reduce((total, { volume }) => total + (volume ?? 0), 0)
  expect(all).toMatchObject([{ tradeDate: '2026-11-27', session: null, volume: sum(bars) }])
  const regular = bars.filter(({ session }) => session === 'regular')
  expect(regular).toHaveLength(210)
  expect(await daysOf({ first: WEDNESDAY, end: FRIDAY + 3 }, true)).toMatchObject([
    { tradeDate: '2026-11-27', session: 'regular', volume: sum(regular) },
  ])
})

test('what is quoted after the last session is of its day, wherever the answer ends', async () => {
  const lastFriday = WEDNESDAY - 5
  const closed = sessionsOf(XNYS, lastFriday).end
  const { symbol: _symbol, ...late } = barOfSymbol('A', { start: closed, index: 20 })
  const { session, tradeDate } = XNYS.spanAt(late.windowStart)
  expect([session, tradeDate]).toEqual(['none', lastFriday])
  await fillBars(tables.connection, [{ ...late, close: 77, tradeDate: tradeDateText(tradeDate), session }])
  await fillHistory(tables.connection, [])
  expect(told(await daysOf({ first: lastFriday, end: WEDNESDAY }))).toEqual(['2026-11-20 live 77'])
  expect(told(await daysOf({ first: lastFriday, end: lastFriday + 1 }))).toEqual(['2026-11-20 live 77'])
})

test('a bar that does not say its day is of its UTC date', async () => {
  await fillBars(
    tables.connection,
    minutesOf(FRIDAY, { count: 5 }).map((bar) => ({ ...bar, tradeDate: null, session: null })),
  )
  await fillHistory(tables.connection, [])
  expect(told(await daysOf({ first: FRIDAY, end: FRIDAY + 1 }))).toEqual(['2026-11-27 live 12'])
})
