// Case 15: when alerts fire, and when they do not.

import { describe, expect, test } from 'vitest'
import { type AlertRule, DEFAULT_ALERT_RULES } from '#services/stream/alert_rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver, type GivenQuote, type TopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const SECOND = 1_000
const MINUTE = 60_000

describe('case 15: alerts', () => {
  const alerting = (rules = DEFAULT_ALERT_RULES) => createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules })
  const fired = (driver: TopologyDriver) =>
    driver.all.alerts.map(({ rule, direction, level, eventTime }) => [rule, direction, level, eventTime - T0])
  const give = (driver: TopologyDriver, quotes: readonly (readonly [time: number, price: number])[]) => {
    for (const [time, price] of quotes) driver.quote({ symbol: 'TSLA', price, timestamp: T0 + time })
  }

  test('one exactly at the threshold fires, one a cent below does not', () => {
    for (const reference of [100, 50, 430.5, 0.5, 12_345]) {
      const [below, exact] = [alerting(), alerting()]
      give(below, [
        [0, reference],
        [SECOND, reference * 1.02 - 0.01 * (reference / 100)],
      ])
      give(exact, [
        [0, reference],
        [SECOND, Number((reference * 1.02).toPrecision(12))],
      ])
      expect([fired(below), fired(exact)]).toEqual([[], [['move', 'up', 1, SECOND]]])
    }
  })

  test('chatter around the threshold fires once', () => {
    const driver = alerting()
    give(driver, [[0, 100]])
    for (let n = 1; n < 200; n++) give(driver, [[n * SECOND, n % 2 === 0 ? 101.9 : 102.1]])
    expect(fired(driver)).toEqual([['move', 'up', 1, SECOND]])
  })

  test('the next level fires inside the cooldown, a lower one does not', () => {
    const driver = alerting()
    give(driver, [
      [0, 100],
      [1, 102.5],
      [2, 104],
      [3, 102.5],
      [4, 105.9],
      [5, 110],
    ])
    expect(fired(driver)).toEqual([
      ['move', 'up', 1, 1],
      ['move', 'up', 2, 2],
      ['move', 'up', 5, 5],
    ])
  })

  test('the cooldown counts to the millisecond, from the last alert', () => {
    const cooldownMs = 10_000
    const rules = [{ ...(DEFAULT_ALERT_RULES[0] as AlertRule), cooldownMs }]
    const [early, due] = [cooldownMs - 1, cooldownMs].map((after) => {
      const driver = alerting(rules)
      give(driver, [
        [0, 100],
        [1, 102],
        [1 + after, 100],
        [2 + after, 102],
      ])
      return fired(driver)
    })
    expect(early).toEqual([['move', 'up', 1, 1]])
    expect(due).toEqual([
      ['move', 'up', 1, 1],
      ['move', 'up', 1, 2 + cooldownMs],
    ])
  })

  test('re-arming takes a move below the share of the percentage, not at it', () => {
    const rules = [{ ...(DEFAULT_ALERT_RULES[0] as AlertRule), cooldownMs: 0, percent: 25, rearm: 0.5 }]
    const [at, below] = [72, 71.99].map((price) => {
      const driver = alerting(rules)
      give(driver, [
        [0, 64],
        [1, 80],
        [2, price],
        [3, 80],
      ])
      return driver.all.alerts.length
    })
    expect([at, below]).toEqual([1, 2])
  })

  test('up and down are apart', () => {
    const driver = alerting()
    give(driver, [
      [0, 100],
      [1, 102],
      [2, 98],
    ])
    expect(fired(driver)).toEqual([
      ['move', 'up', 1, 1],
      ['move', 'down', 1, 2],
    ])
  })

  test('an overnight gap fires against the last price', () => {
    const driver = alerting()
    give(driver, [
      [0, 100],
      [MINUTE, 101],
      [18 * 60 * MINUTE, 104],
    ])
    expect(driver.all.alerts).toMatchObject([{ referencePrice: 101, referenceTime: T0 + MINUTE, level: 1 }])
  })

  test('the reference is the last price at or before the look-back', () => {
    const driver = alerting()
    give(driver, [
      [0, 100],
      [1, 100.5],
      [3, 101],
      [5 * MINUTE, 101.5],
      [5 * MINUTE + 2, 102.9],
    ])
    expect(driver.all.alerts).toMatchObject([{ price: 102.9, referencePrice: 100.5, referenceTime: T0 + 1 }])
  })

  test('gap fires against the previous close', () => {
    const driver = alerting()
    driver.quote({ symbol: 'AAPL', price: 97.9, timestamp: T0, previousClose: 100 })
    expect(driver.all.alerts).toMatchObject([
      { rule: 'gap', direction: 'down', level: 1, referencePrice: 100, referenceTime: null },
    ])
  })

  test.each<[string, Partial<GivenQuote>]>([
    ['a quote older than the newest', { timestamp: T0 + 5 }],
    ['a late quote', { timestamp: T0 - 60 * MINUTE }],
    ['a duplicate', { timestamp: T0 + 20, id: 'known' }],
    ['a stale quote', { timestamp: T0 + 20, ingestTime: T0 + 20 + 20 * MINUTE + 1 }],
  ])('%s fires nothing', (_, given) => {
    const driver = alerting()
    driver.quote({ symbol: 'A', price: 100, timestamp: T0 + 10, id: 'known' })
    driver.quote({ symbol: 'A', price: 200, timestamp: T0, ...given })
    expect(driver.all.alerts).toEqual([])
  })

  test('a quote as old as is allowed fires', () => {
    const driver = alerting()
    driver.quote({ symbol: 'A', price: 100, timestamp: T0 + 10 })
    driver.quote({ symbol: 'A', price: 200, timestamp: T0 + 20, ingestTime: T0 + 20 + 20 * MINUTE })
    expect(driver.all.alerts).toHaveLength(1)
  })

  test('a replay gives the same ids, and no two alerts share one', () => {
    const ids = [1, 2].map(() => {
      const driver = alerting()
      for (let n = 0; n < 500; n++) give(driver, [[n * MINUTE, 100 + 20 * Math.sin(n)]])
      return driver.all.alerts.map((alert) => alert.id)
    })
    expect(ids[0]).toEqual(ids[1])
    expect(new Set(ids[0]).size).toBe(ids[0]?.length)
    expect(ids[0]?.length).toBeGreaterThan(50)
  })

  test('the message is one line that a person can read', () => {
    const driver = alerting()
    driver.quote({ symbol: 'TSLA', price: 430.63, timestamp: Date.UTC(2026, 0, 6, 15, 30) })
    driver.quote({ symbol: 'TSLA', price: 444.45, timestamp: Date.UTC(2026, 0, 6, 15, 31, 20) })
    expect(driver.all.alerts[0]?.message).toBe('TSLA  +3.21 % in 5 min  444.45 (was 430.63)  15:31:20 UTC')
  })
})
