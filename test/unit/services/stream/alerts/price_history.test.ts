// The prices that move rules look back on: exact below the limit, coarser beyond it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createPriceHistory,
  forgetBefore,
  priceAt,
  referencePlace,
  rememberPrice,
  timeAt,
} from '#services/stream/alerts/price_history'
import { PRICES_MAX } from '#services/stream/limits'

describe('the price history', () => {
  test('finds the last price at or before a time, else the oldest known', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ step: fc.nat(30), price: fc.nat() }), { minLength: 1, maxLength: 200, size: 'max' }),
        fc.nat(300),
        (drawn, lookBack) => {
          const history = createPriceHistory()
          const known: { time: number; price: number }[] = []
          let time = 0
          for (const { step, price } of drawn) {
            time += step
            forgetBefore(history, time - lookBack)
            rememberPrice(history, time, price)
            if (known.at(-1)?.time === time) known.pop()
            known.push({ time, price })
            for (const asked of [time, time - Math.floor(lookBack / 2), time - lookBack]) {
              const place = referencePlace(history, asked)
              const found = { time: timeAt(history, place), price: priceAt(history, place) }
              expect(found).toEqual(known.findLast((entry) => entry.time <= asked) ?? known[0])
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('beyond the limit is as much older as it is coarser, and never newer', () => {
    const history = createPriceHistory()
    const lookBack = PRICES_MAX * 3
    for (let time = 0; time < PRICES_MAX * 8; time++) {
      forgetBefore(history, time - lookBack)
      rememberPrice(history, time, time)
    }
    expect(history.count).toBeLessThanOrEqual(PRICES_MAX)
    expect(history.resolutionMs).toBeLessThanOrEqual(8)
    const newest = PRICES_MAX * 8 - 1
    for (let asked = newest - lookBack; asked <= newest; asked += 997) {
      const age = asked - timeAt(history, referencePlace(history, asked))
      expect(age).toBeGreaterThanOrEqual(0)
      expect(age).toBeLessThan(history.resolutionMs)
    }
  })

  test('is exact again when it has become short', () => {
    const history = createPriceHistory()
    for (let time = 0; time < PRICES_MAX * 2; time++) rememberPrice(history, time, time)
    expect(history.resolutionMs).toBeGreaterThan(1)
    forgetBefore(history, PRICES_MAX * 2)
    expect([history.count, history.resolutionMs]).toEqual([1, 1])
  })
})
