import { expect, test } from 'vitest'
import { DAY_MS, epochMs, HOUR_MS, MINUTE_MS, offset, SECOND_MS, tableVersion } from '#runtime/units'

test('a safe integer is taken as what it is said to be', () => {
  expect([epochMs(-1), offset(0), tableVersion(7)]).toEqual([-1, 0, 7])
})

test.each([
  ['a fraction', () => epochMs(1.5)],
  ['NaN', () => offset(Number.NaN)],
  ['what a double rounds', () => offset(2 ** 53)],
  ['a negative offset', () => offset(-1)],
  ['a negative version', () => tableVersion(-1)],
])('%s is not', (_name, make) => {
  expect(make).toThrow(RangeError)
})

test('lengths of time are what the clock and the calendar say', () => {
  const start = Date.UTC(2026, 0, 1)
  expect([
    Date.UTC(2026, 0, 1, 0, 0, 1) - start,
    Date.UTC(2026, 0, 1, 0, 1) - start,
    Date.UTC(2026, 0, 1, 1) - start,
    Date.UTC(2026, 0, 2) - start,
  ]).toEqual([SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS])
})
