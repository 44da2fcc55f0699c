import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { freshnessOf, occasionalFreshness, saysClosed } from '#services/web/flow/freshness'
import { CLOSED_AGE_MS_MAX, DELAYED_AGE_MS_MAX, FRESH_AGE_MS_MAX } from '#services/web/flow/limits'

const now = Date.UTC(2026, 10, 21, 15, 30) as EpochMs
const aged = (ageMs: number, more: { isMarketClosed?: boolean; allowanceMs?: number } = {}) =>
  freshnessOf({ now, newest: (now - ageMs) as EpochMs, isMarketClosed: false, ...more })

describe('steady data', () => {
  test('is fresh, delayed or stale by its age, to the millisecond', () => {
    expect(aged(FRESH_AGE_MS_MAX)).toBe('fresh')
    expect(aged(FRESH_AGE_MS_MAX + 1)).toBe('delayed')
    expect(aged(DELAYED_AGE_MS_MAX)).toBe('delayed')
    expect(aged(DELAYED_AGE_MS_MAX + 1)).toBe('stale')
  })

  test('is empty before the first', () => {
    expect(freshnessOf({ now, newest: null, isMarketClosed: true })).toBe('empty')
  })

  test('is closed with the market, but no longer than a market is closed', () => {
    expect(aged(DELAYED_AGE_MS_MAX + 1, { isMarketClosed: true })).toBe('closed')
    expect(aged(CLOSED_AGE_MS_MAX, { isMarketClosed: true })).toBe('closed')
    expect(aged(CLOSED_AGE_MS_MAX + 1, { isMarketClosed: true })).toBe('stale')
  })

  test('is fresh when it is new, whatever the market is said to be', () => {
    expect(aged(0, { isMarketClosed: true })).toBe('fresh')
  })

  test('may be as old as a flow without delay makes it', () => {
    expect(aged(FRESH_AGE_MS_MAX + MINUTE_MS, { allowanceMs: MINUTE_MS })).toBe('fresh')
    expect(aged(FRESH_AGE_MS_MAX + MINUTE_MS + 1, { allowanceMs: MINUTE_MS })).toBe('delayed')
  })

  test('never becomes fresher as it grows older', () => {
    const order = ['fresh', 'closed', 'delayed', 'stale']
    fc.assert(
      fc.property(fc.nat(10 * CLOSED_AGE_MS_MAX), fc.nat(CLOSED_AGE_MS_MAX), fc.boolean(), (age, more, closed) => {
        const [younger, older] = [aged(age, { isMarketClosed: closed }), aged(age + more, { isMarketClosed: closed })]
        expect(order.indexOf(older)).toBeGreaterThanOrEqual(order.indexOf(younger))
      }),
    )
  })
})

describe('occasional data', () => {
  test('is as fresh as the quotes that it would be made of', () => {
    for (const quotes of ['fresh', 'delayed', 'stale', 'closed', 'unavailable'] as const) {
      expect(occasionalFreshness({ isEmpty: false, quotes, lagMs: 0 })).toBe(quotes)
      expect(occasionalFreshness({ isEmpty: false, quotes, lagMs: null })).toBe(quotes)
    }
  })

  test('is older when whoever makes it is behind', () => {
    const lagging = (lagMs: number) => occasionalFreshness({ isEmpty: false, quotes: 'fresh', lagMs })
    expect(lagging(FRESH_AGE_MS_MAX)).toBe('fresh')
    expect(lagging(FRESH_AGE_MS_MAX + 1)).toBe('delayed')
    expect(lagging(HOUR_MS)).toBe('stale')
    expect(occasionalFreshness({ isEmpty: false, quotes: 'unavailable', lagMs: HOUR_MS })).toBe('unavailable')
  })

  test('is empty when there is none', () => {
    expect(occasionalFreshness({ isEmpty: true, quotes: 'fresh', lagMs: 0 })).toBe('empty')
  })
})

test('a market is closed by night and around it, and not before and after its hours', () => {
  expect(['CLOSED', 'PREPRE', 'POSTPOST', 'closed'].map(saysClosed)).toEqual([true, true, true, true])
  expect(['REGULAR', 'PRE', 'POST', '', null].map(saysClosed)).toEqual([false, false, false, false, false])
})
