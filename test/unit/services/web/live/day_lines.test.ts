// The small line of today.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, type EpochMs, HOUR_MS, SECOND_MS } from '#runtime/units'
import { DayLines } from '#services/web/live/day_lines'
import { LINE_POINTS_MAX } from '#services/web/live/limits'

const DAY = (20_000 * DAY_MS) as EpochMs

/** Days of UTC. */
const utcDay = (_: number, time: number) => {
  const start = Math.floor(time / DAY_MS) * DAY_MS
  return { end: (start + DAY_MS) as EpochMs, until: (start + DAY_MS) as EpochMs }
}

test('has the last price of each step, and null where there was none', () => {
  const lines = new DayLines(2, utcDay)
  lines.add(1, DAY + 5 * SECOND_MS, 10)
  lines.add(1, DAY + 6 * SECOND_MS, 11)
  lines.add(1, DAY + 16 * SECOND_MS, 12)
  expect(lines.line(1, DAY + 21 * SECOND_MS)).toEqual([11, null, 12, null])
  expect(lines.line(0, DAY)).toEqual([])
})

test('begins anew with the day, and is empty until then', () => {
  const lines = new DayLines(1, utcDay)
  lines.add(0, DAY + HOUR_MS, 10)
  expect(lines.line(0, DAY + DAY_MS)).toEqual([])
  lines.add(0, DAY + DAY_MS, 20)
  expect(lines.line(0, DAY + DAY_MS)).toEqual([20])
})

test('ends with the last session, or with the last price after it, until the next day begins', () => {
  const until = (DAY + 3 * DAY_MS) as EpochMs
  const lines = new DayLines(1, () => ({ end: (DAY + 20 * SECOND_MS) as EpochMs, until }))
  lines.add(0, DAY, 10)
  expect(lines.line(0, DAY + 2 * DAY_MS)).toEqual([10, null, null, null, null])
  lines.add(0, DAY + 30 * SECOND_MS, 11)
  expect(lines.line(0, until - 1)).toEqual([10, null, null, null, null, null, 11])
  expect(lines.line(0, until)).toEqual([])
})

test('takes prices of the past before what it has, whenever they come', () => {
  const lines = new DayLines(1, utcDay)
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
      const lines = new DayLines(1, utcDay)
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

test('prices have six digits, rounded as their decimal numbers are', () => {
  const powers = Array.from({ length: 40 }, (_, n) => Number(`1e${n - 20}`))
  const nearPower = fc
    .tuple(fc.constantFrom(...powers), fc.integer({ min: -9, max: 9 }))
    .map(([power, n]) => power * (1 + n * Number.EPSILON))
  const asQuoted = fc
    .tuple(fc.integer({ min: 1, max: 1_000_000_000 }), fc.nat(8))
    .map(([n, decimals]) => Number(`${n}e-${decimals}`))
  const any = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })
  fc.assert(
    fc.property(fc.oneof(nearPower, asQuoted, any), (price) => {
      const lines = new DayLines(1, utcDay)
      lines.add(0, DAY, price)
      expect(lines.line(0, DAY)).toEqual([Number(price.toPrecision(6))])
    }),
    { numRuns: 5_000, examples: [[123.4565], [0.1234565], [999_999.5], [999.9995], [1e21]] },
  )
})
