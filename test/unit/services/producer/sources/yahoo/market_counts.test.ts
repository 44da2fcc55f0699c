import { expect, test } from 'vitest'
import { quoteOf } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import { countMarkets } from '#services/producer/sources/yahoo/market_counts'

const quote = (marketState: string | null, minutesLate?: number) =>
  quoteOf({
    symbol: 'AAPL',
    price: 1,
    timestamp: 1_763_739_080_000 as EpochMs,
    marketState,
    extra: minutesLate === undefined ? null : { exchangeDataDelayedBy: minutesLate },
  })

test('only the regular session is open; before and after hours the regular price rests', () => {
  const states = ['REGULAR', 'PRE', 'POST', 'CLOSED', 'PREPRE', null]
  expect(countMarkets(states.map((state) => quote(state)))).toEqual({ open: 1, closed: 4, unknown: 1, delayMs: null })
})

test('the delay is the shortest of the open markets', () => {
  const quotes = [quote('REGULAR', 20), quote('REGULAR', 15), quote('CLOSED', 0), quote('REGULAR')]
  expect(countMarkets(quotes).delayMs).toBe(15 * 60_000)
})
