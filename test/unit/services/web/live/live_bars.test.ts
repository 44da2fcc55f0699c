// The bars that a table does not hold yet.

import { expect, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { type EpochMs, MINUTE_MS, offset } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { KeptRecords } from '#services/web/live/kept_records'
import { liveBars } from '#services/web/live/live_bars'

const calendarOf = () => openCalendars({}).named('UTC') as Calendar

const bar = (minute: number, revision = 0): BarRow => ({
  windowStart: (minute * MINUTE_MS) as EpochMs,
  windowEnd: ((minute + 1) * MINUTE_MS) as EpochMs,
  open: 1,
  high: 2,
  low: 1,
  close: 2,
  average: 1.5,
  vwap: null,
  volume: null,
  count: 2,
  revision,
  complete: true,
  origin: 'live',
  session: null,
  tradeDate: null,
})

test('of a symbol are its newest revisions since the progress of the table, by time', () => {
  const kept = new KeptRecords<BarRow>(10)
  kept.begin({ topicId: 't', logStarts: [offset(0)], starts: [offset(0)] })
  const rows: [string, BarRow][] = [
    ['AAPL', bar(1)],
    ['AAPL', bar(3)],
    ['TSLA', bar(2)],
    ['AAPL', bar(2, 1)],
    ['AAPL', bar(2)],
  ]
  for (const [place, [symbol, row]] of rows.entries()) kept.add({ symbol, row, partition: 0, offset: offset(place) })
  const bars = liveBars({ kept, forming: () => null, calendarOf, position: () => 'here' })
  expect(bars.since('AAPL', { topicId: 't', next: [offset(1)] })).toEqual({
    bars: [bar(2, 1), bar(3)],
    missing: 0,
    position: 'here',
  })
  expect(bars.since('MSFT', null).bars).toEqual([])
})
