import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortestPrice } from '#services/backfill/chart/shortest_price'

test.each([
  [276.80999755859375, 276.81],
  [Math.fround(0.00001235), 0.00001235],
  [97123.453125, 97123.45],
  [16777216, 16777216],
  [100, 100],
  [0.1, 0.1],
  [97123.4567891, 97123.4567891],
])('%d is %d', (given, price) => {
  expect(shortestPrice(given)).toBe(price)
})

test('a price of seven digits survives its way through a 32-bit float', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 0, max: 6 }), (digits, decimals) => {
      const price = Number(`${digits}e-${decimals}`)
      expect(shortestPrice(Math.fround(price))).toBe(price)
    }),
  )
})

test('never another float than the one that came', () => {
  fc.assert(
    fc.property(fc.float({ min: Math.fround(1e-30), noNaN: true, noDefaultInfinity: true }), (float) => {
      expect(Math.fround(shortestPrice(float))).toBe(float)
    }),
  )
})
