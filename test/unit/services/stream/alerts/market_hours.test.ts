// Alerts know the market's calendar: a quote's age is the time that the market was open meanwhile, and gaps are told of
// anew at each trade date.

import { describe, expect, test } from 'vitest'
import type { AlertRule } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver, type GivenQuote } from '#services/stream/topology_driver'

const at = (time: string) => Date.parse(time)
const common = { percent: 2, rearm: 0.7, cooldownMs: 300_000, staleAfterMs: 1_200_000 }
const gap: AlertRule = { name: 'gap', kind: 'gap', withinMs: null, ...common }
const driverOf = (...rules: readonly AlertRule[]) => createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules })

describe('a quote is stale', () => {
  /** Whether the quote of `time` that comes in at `ingest` alerts. */
  function alerts(time: string, ingest: string, fields: Partial<GivenQuote> = {}): boolean {
    const driver = driverOf(gap)
    const quote = {
      symbol: 'AAPL',
      price: 103,
      previousClose: 100,
      timestamp: at(time),
      ingestTime: at(ingest),
      ...fields,
    }
    const isFired = driver.quote(quote).alerts.length > 0
    expect(driver.counters.stale).toBe(isFired ? 0 : 1)
    return isFired
  }

  test.each([
    ['while the market is open', '2026-11-24T15:00:00.000Z', '2026-11-24T15:20:00.000Z', '2026-11-24T15:20:00.001Z'],
    ['over a night', '2026-11-24T20:50:00.000Z', '2026-11-25T14:40:00.000Z', '2026-11-25T14:40:00.001Z'],
    ['over a weekend', '2026-11-20T20:59:00.000Z', '2026-11-23T14:49:00.000Z', '2026-11-23T14:49:00.001Z'],
    ['over a holiday', '2026-11-25T20:59:00.000Z', '2026-11-27T14:49:00.000Z', '2026-11-27T14:49:00.001Z'],
    ['in the pre-market', '2026-11-24T10:00:00.000Z', '2026-11-24T14:50:00.000Z', '2026-11-24T14:50:00.001Z'],
    ['on a half day', '2026-11-27T17:50:00.000Z', '2026-11-30T14:40:00.000Z', '2026-11-30T14:40:00.001Z'],
  ])('when its market was open for longer than staleAfterMs: %s', (_, time, inTime, tooLate) => {
    expect([inTime, tooLate].map((ingest) => alerts(time, ingest))).toEqual([true, false])
  })

  test('by the hours of its own market', () => {
    const [time, ingest] = ['2026-11-21T12:00:00Z', '2026-11-21T12:30:00Z'] // a Saturday
    expect(alerts(time, ingest)).toBe(true)
    expect(alerts(time, ingest, { symbol: 'BTC-USD' })).toBe(false)
    expect(alerts('2026-11-24T02:00:00Z', '2026-11-24T02:30:00Z', { symbol: '0700.HK' })).toBe(false)
    expect(alerts('2026-11-24T03:59:00Z', '2026-11-24T05:01:00Z', { symbol: '0700.HK' })).toBe(true) // lunch
  })

  test('however old it is, and is found so at once', () => {
    const began = performance.now()
    for (let n = 0; n < 2_000; n++) expect(alerts('2000-01-03T15:00:00Z', '2026-11-24T15:00:00Z')).toBe(false)
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('never when it was replayed', () => {
    expect(alerts('2026-11-24T15:00:00Z', '2026-11-24T19:00:00Z', { replayed: true })).toBe(true)
  })
})

describe('a gap', () => {
  const give = (driver: ReturnType<typeof driverOf>, time: string, price: number, symbol = 'AAPL') =>
    driver.quote({ symbol, price, previousClose: 100, timestamp: at(time) }).alerts.map(({ level }) => level)

  test('is told of anew at each trade date, though the price has not fallen back', () => {
    const driver = driverOf(gap)
    expect(give(driver, '2026-11-24T14:30:00Z', 105)).toEqual([2])
    expect(give(driver, '2026-11-24T20:59:00Z', 105)).toEqual([])
    expect(give(driver, '2026-11-25T00:59:59Z', 105)).toEqual([])
    expect(give(driver, '2026-11-25T01:00:00Z', 103)).toEqual([1]) // Overnight trades belong to the next day.
    expect(give(driver, '2026-11-25T14:30:00Z', 103)).toEqual([])
    expect(give(driver, '2026-11-26T14:30:00Z', 103)).toEqual([]) // Thanksgiving
    expect(give(driver, '2026-11-27T14:30:00Z', 103)).toEqual([1])
  })

  test('is told of anew in each direction, even within the cooldown', () => {
    const driver = driverOf({ ...gap, cooldownMs: 86_400_000 })
    expect(give(driver, '2026-11-24T22:59:00Z', 105, 'ES=F')).toEqual([2])
    expect(give(driver, '2026-11-24T22:59:30Z', 95, 'ES=F')).toEqual([2])
    expect(give(driver, '2026-11-24T23:00:00Z', 95, 'ES=F')).toEqual([2])
    expect(give(driver, '2026-11-24T23:00:01Z', 105, 'ES=F')).toEqual([2])
  })

  test('is another matter than a move, which is not armed again by a date', () => {
    const move: AlertRule = { name: 'move', kind: 'move', withinMs: 86_400_000, ...common }
    const driver = driverOf(move)
    expect(give(driver, '2026-11-24T23:50:00Z', 100)).toEqual([])
    expect(give(driver, '2026-11-25T00:59:00Z', 105)).toEqual([2])
    expect(give(driver, '2026-11-25T01:00:00Z', 105)).toEqual([])
  })
})
