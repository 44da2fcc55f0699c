import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { barLine, consoleBarLines } from '#services/stream/bar_lines'
import { BAR_LINES_PER_SECOND_MAX } from '#services/stream/limits'
import type { UnstampedBar } from '#services/stream/outputs'

const bar = {
  symbol: 'AAPL',
  windowStart: Date.UTC(2026, 10, 21, 15, 30),
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

test('of a flood, some bars are shown and the others counted', async () => {
  const lines: string[] = []
  const clock = virtualClock(0)
  const onBars = consoleBarLines(clock, (line) => lines.push(line))
  onBars(Array.from({ length: BAR_LINES_PER_SECOND_MAX + 1_500 }, () => bar))
  expect(lines).toHaveLength(BAR_LINES_PER_SECOND_MAX)
  await clock.advance(1_000)
  onBars([bar])
  expect(lines.slice(BAR_LINES_PER_SECOND_MAX)).toEqual(['Bars: and 1,500 more', barLine(bar)])
})
