import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { barLine, consoleBarLines } from '#services/stream/console/bar_lines'
import type { UnstampedBar } from '#services/stream/outputs'

const bar = {
  symbol: 'AAPL',
  windowStart: Date.UTC(2026, 10, 21, 15, 30),
  windowEnd: Date.UTC(2026, 10, 21, 15, 31),
  open: 276.81,
  high: 277.4,
  low: 276.52,
  close: 277.06,
  average: 276.973,
  count: 60,
  revision: 0,
} as UnstampedBar

test('a bar is a line that a person can read', () => {
  expect(barLine(bar)).toBe(
    'Bar:  AAPL 15:30 UTC  open 276.81  high 277.40  low 276.52  close 277.06  average 276.97  60 quotes',
  )
})

test('a revision says so, one quote is one quote, and pennies keep their digits', () => {
  const line = barLine({ ...bar, open: 0.0001234, count: 1, revision: 2 })
  expect(line).toContain('open 0.0001234')
  expect(line).toMatch(/ {2}1 quote {2}revision 2$/)
})

test.each([
  [300_000, '15:30'],
  [90_000, '15:30:00'],
  [10_000, '15:30:00'],
  [1_500, '15:30:00.000'],
])('bars of %i ms begin at %s: no two of a symbol look alike', (intervalMs, begin) => {
  expect(barLine({ ...bar, windowEnd: bar.windowStart + intervalMs } as UnstampedBar)).toContain(
    `AAPL ${begin} UTC  open`,
  )
})

test('many bars at once are one line that counts them', () => {
  const printed: string[] = []
  const lines = consoleBarLines(virtualClock(0), (line) => printed.push(line))
  lines.add([bar, { ...bar, symbol: 'MSFT' }])
  lines.add(Array.from({ length: 1_500 }, () => bar))
  expect(printed).toEqual([barLine(bar), barLine({ ...bar, symbol: 'MSFT' }), 'Bars: 1,500'])
})
