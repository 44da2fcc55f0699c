// Quotes in the last minute.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { QuoteRates } from '#services/web/live/quote_rates'

const START = 1_700_000_000_000

test('a steady rate is what it is, at any moment', () => {
  const rates = new QuoteRates(2)
  for (let ms = 0; ms < 180_000; ms += 500) {
    rates.add(1, START + ms)
    if (ms >= 60_000) expect(Math.abs(rates.perMinute(1, START + ms) - 120)).toBeLessThanOrEqual(2)
  }
  expect(rates.perMinute(0, START + 180_000)).toBe(0)
})

test('a rate that no quote keeps up falls to nothing within a minute and a bucket', () => {
  const rates = new QuoteRates(1)
  for (let n = 0; n < 10; n++) rates.add(0, START)
  expect(rates.perMinute(0, START)).toBe(10)
  expect(rates.perMinute(0, START + 65_000)).toBe(0)
})

test('a backlog counts as it came, not as it is read', () => {
  const rates = new QuoteRates(1)
  for (let ms = 0; ms < 600_000; ms += 1_000) rates.add(0, START + ms)
  expect(Math.abs(rates.perMinute(0, START + 600_000) - 60)).toBeLessThanOrEqual(2)
})

test('it is never more than what came in the last 65 seconds, nor less than in the last 55', () => {
  const arrivals = fc.array(fc.nat(200_000), { maxLength: 200 })
  fc.assert(
    fc.property(arrivals, fc.nat(60_000), (unsorted, later) => {
      const rates = new QuoteRates(1)
      const times = unsorted.toSorted((a, b) => a - b)
      for (const ms of times) rates.add(0, START + ms)
      const now = (times.at(-1) ?? 0) + later
      const within = (span: number) => times.filter((ms) => ms > now - span).length
      const rate = rates.perMinute(0, START + now)
      expect(rate).toBeLessThanOrEqual(within(65_000))
      expect(rate).toBeGreaterThanOrEqual(within(55_000))
    }),
  )
})
