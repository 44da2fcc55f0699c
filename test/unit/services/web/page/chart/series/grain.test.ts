// Which grain fits what is in view.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fittingGrain, grainMs } from '../../../../../../../services/web/page/chart/series/grain.ts'

const grains = ['1m', '5m', '15m', '1h', '1d']

test.each([
  ['100ms', 100],
  ['10s', 10_000],
  ['1m', 60_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
])('a bar of %s takes %i ms', (grain, ms) => {
  expect(grainMs(grain)).toBe(ms)
})

test.each(['', 'm', '0m', '1x', '-1m', '1.5h'])('%j is no grain', (grain) => {
  expect(() => grainMs(grain)).toThrow(RangeError)
})

test.each([
  ['1m', 300, '1m'],
  ['1m', 501, '5m'],
  ['1m', 2_000, '5m'],
  ['1m', 5_000, '15m'],
  ['1m', 900_000, '1d'],
  ['1d', 5_000, '1d'],
  ['5m', 39, '1m'],
  ['1d', 20, '1d'],
  ['1d', 10, '1h'],
  ['1m', 3, '1m'],
  ['10s', 900, '10s'],
])('%s with %i windows in view becomes %s', (grain, shown, fitting) => {
  expect(fittingGrain({ grain, grains, shown })).toBe(fitting)
})

test('the grain that fits goes on to fit: nothing flips back and forth', () => {
  fc.assert(
    fc.property(fc.constantFrom(...grains), fc.double({ min: 1, max: 1e6, noNaN: true }), (grain, shown) => {
      const fitting = fittingGrain({ grain, grains, shown })
      const shownThen = (shown * grainMs(grain)) / grainMs(fitting)
      const next = fittingGrain({ grain: fitting, grains, shown: shownThen })
      // It may take several steps towards finer ones, but never a step back.
      expect(grainMs(next) <= grainMs(fitting) || grainMs(fitting) > grainMs(grain)).toBe(true)
      if (grainMs(fitting) > grainMs(grain)) expect(grainMs(next)).toBeGreaterThanOrEqual(grainMs(fitting))
    }),
  )
})
