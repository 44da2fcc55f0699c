import { describe, expect, test } from 'vitest'
import { type Quote, quoteOf } from '#market/quote'
import { epochMs } from '#runtime/units'
import { lastSeen } from '#services/producer/sources/yahoo/polling/last_seen'

const quote = (fields: Partial<Quote> = {}) =>
  quoteOf({ symbol: 'AAPL', price: 277.06, timestamp: epochMs(1_790_951_400_000), dayVolume: 100, ...fields })

describe('what was last seen of a symbol', () => {
  test('the first quote is news, the same again is not', () => {
    const seen = lastSeen(10)
    expect([seen.isNews(quote()), seen.isNews(quote()), seen.isNews(quote({ bid: 1 }))]).toEqual([true, false, false])
  })

  test.each([
    ['time', { timestamp: epochMs(1_790_951_401_000) }],
    ['price', { price: 277.07 }],
    ['volume', { dayVolume: 101 }],
    ['absent volume', { dayVolume: null }],
    ['symbol', { symbol: 'MSFT' }],
  ])('another %s is news', (_, fields) => {
    const seen = lastSeen(10)
    seen.isNews(quote())
    expect(seen.isNews(quote(fields))).toBe(true)
  })

  test('beyond its limit the symbol seen longest ago is forgotten', () => {
    const seen = lastSeen(2)
    for (const symbol of ['A', 'B', 'C']) seen.isNews(quote({ symbol }))
    expect(seen.isNews(quote({ symbol: 'C' }))).toBe(false)
    expect(seen.isNews(quote({ symbol: 'B' }))).toBe(false)
    expect(seen.isNews(quote({ symbol: 'A' }))).toBe(true)
  })
})
