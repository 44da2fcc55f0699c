// The small line of today.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, type EpochMs, HOUR_MS, SECOND_MS } from '#runtime/units'
import { DayLines } from '#services/web/live/day_lines'
import { LINE_POINTS_MAX } from '#services/web/live/limits'

const DAY = (20_000 * DAY_MS) as EpochMs

test('has the last price of each step, and null where there was none', () => {
  const lines = new DayLines(2)
  lines.add(1, DAY + 5 * SECOND_MS, 10)
  lines.add(1, DAY + 6 * SECOND_MS, 11)
  lines.add(1, DAY + 16 * SECOND_MS, 12)
  expect(lines.line(1, DAY + 21 * SECOND_MS)).toEqual([11, null, 12, null])
  expect(lines.line(0, DAY)).toEqual([])
})

test('begins anew with the day, and is empty until then', () => {
  const lines = new DayLines(1)
  lines.add(0, DAY + HOUR_MS, 10)
  expect(lines.line(0, DAY + DAY_MS)).toEqual([])
  lines.add(0, DAY + DAY_MS, 20)
  expect(lines.line(0, DAY + DAY_MS)).toEqual([20])
})

test('takes prices of the past before what it has, whenever they come', () => {
  const lines = new DayLines(1)
  lines.add(0, DAY + 20 * SECOND_MS, 12)
  lines.prepend(0, [
    [DAY, 10],
    [(DAY + 10 * SECOND_MS) as EpochMs, 11],
    [(DAY + 30 * SECOND_MS) as EpochMs, 99],
  ])
  expect(lines.line(0, DAY + 20 * SECOND_MS)).toEqual([10, null, 11, null, 12])
})

test('whatever comes, its steps are equal, its last point is the last price, and it is never too long', () => {
  const arrivals = fc.array(fc.tuple(fc.nat(DAY_MS - 1), fc.double({ min: 1, max: 1_000, noNaN: true })), {
    minLength: 1,
  })
  fc.assert(
    fc.property(arrivals, (unsorted) => {
      const lines = new DayLines(1)
      const prices = unsorted.toSorted(([a], [b]) => a - b)
      for (const [ms, price] of prices) lines.add(0, DAY + ms, price)
      const [last, price] = prices.at(-1) as [number, number]
      const line = lines.line(0, DAY + last)
      expect(line.length).toBeLessThanOrEqual(LINE_POINTS_MAX)
      expect(line.at(-1)).toBeCloseTo(price, 2)
      const span = last - (prices[0] as [number, number])[0]
      if (span > 5 * SECOND_MS * LINE_POINTS_MAX) expect(line.length).toBeGreaterThanOrEqual(LINE_POINTS_MAX / 2)
    }),
  )
})
