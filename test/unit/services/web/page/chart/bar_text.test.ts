// A bar in words and numbers.

import { expect, test } from 'vitest'
import { MINUTE, minuteBar, NOON } from '#support/web/chart/bars'
import {
  barTexts,
  decimalsOfBars,
  grainText,
  missingTexts,
  stateText,
} from '../../../../../../services/web/page/chart/bar_text.ts'
import { WallClock } from '../../../../../../services/web/page/chart/drawing/wall_clock.ts'

const options = {
  grain: '1m',
  clock: new WallClock('UTC'),
  decimals: 2,
  previousClose: 100,
  now: NOON + MINUTE,
  isOwn: true,
}

test('a bar is told by its fields', () => {
  const bar = minuteBar(0, { open: 100, high: 104, low: 99, close: 102.5, volume: 12_345, count: 1_234 })
  expect(barTexts(bar, options)).toEqual({
    time: 'Sat 28 Nov 2026, 12:00 UTC',
    open: '100.00',
    high: '104.00',
    low: '99.00',
    close: '102.50',
    change: '+2.50 (+2.50%)',
    tone: 'up',
    volume: '12.3k',
    quotes: '1,234',
    average: '100.50',
    vwap: '100.25',
    state: 'closed',
  })
})

test('what is unknown is told as a dash, and the first bar changes from its open', () => {
  const bar = minuteBar(0, { open: 100, close: 98, volume: null, vwap: null })
  expect(barTexts(bar, { ...options, previousClose: null })).toMatchObject({
    volume: '\u2013',
    vwap: '\u2013',
    change: '\u22122.00 (\u22122.00%)',
    tone: 'down',
  })
})

test.each([
  [-1, true, 'forming'],
  [0, true, 'closed'],
  [0, false, 'closed, incomplete'],
  [1, true, 'revised once'],
  [2, true, 'revised twice'],
  [3, false, 'revised 3 times, incomplete'],
])('revision %i, complete %s: %s', (revision, complete, text) => {
  expect(stateText(minuteBar(0, { revision, complete }), options)).toBe(text)
})

test.each([
  [{ origin: 'history' }, 'from history'],
  [{ origin: 'history', complete: false, session: 'pre' }, 'from history, not final, pre-market'],
  [{ origin: 'both' }, 'closed, partly from history'],
  [{ session: 'post' }, 'closed, after hours'],
  [{ session: null }, 'closed'],
] as const)('%o: %s', (fields, text) => {
  expect(stateText(minuteBar(0, fields), options)).toBe(text)
})

test('a bar of history has no quotes and no averages', () => {
  const bar = minuteBar(0, { origin: 'history', average: null, vwap: null, count: null })
  expect(barTexts(bar, options)).toMatchObject({ quotes: '\u2013', average: '\u2013', vwap: '\u2013' })
})

test('a trading day is told by its date, whenever it begins', () => {
  const bar = minuteBar(0, { tradeDate: '2026-11-30' })
  expect(barTexts(bar, { ...options, grain: '1d' }).time).toBe('Mon 30 Nov 2026')
})

test('a window without quotes has its time, and says so', () => {
  expect(missingTexts(NOON, options)).toMatchObject({
    time: 'Sat 28 Nov 2026, 12:00 UTC',
    close: '\u2013',
    state: 'no quotes',
  })
})

test('a longer bar is closed when its window is over, however often its own bars were put out', () => {
  const bar = minuteBar(0, { revision: 7 })
  expect(stateText(bar, { isOwn: false, now: NOON + MINUTE - 1 })).toBe('forming')
  expect(stateText(bar, { isOwn: false, now: NOON + MINUTE })).toBe('closed')
})

test.each([
  ['1m', '1 minute'],
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['10s', '10 seconds'],
])('%s is %s', (grain, text) => {
  expect(grainText(grain)).toBe(text)
})

test('prices have the decimals that their bars need', () => {
  expect(decimalsOfBars([])).toBe(2)
  expect(decimalsOfBars([minuteBar(0, { close: 1.2345 }), minuteBar(1, { close: 1.2 })])).toBe(4)
})
