// When alerts fire, and when they do not.

import { describe, expect, test } from 'vitest'
import { ORIGIN_HEADER, REPLAYED_HEADERS } from '#market/headers'
import type { MoveRule } from '#services/stream/alerts/move'
import { type AlertRule, DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver, type GivenQuote, type TopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const SECOND = 1_000
const MINUTE = 60_000
const replayedHeaders = REPLAYED_HEADERS

describe('alerts', () => {
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

  test('replayed history alerts however old it is, whether its key was right or a copy had to be made', () => {
    const driver = alerting()
    const lastYear = { symbol: 'A', ingestTime: T0 + 366 * 24 * 60 * MINUTE, replayed: true }
    driver.quote({ ...lastYear, price: 100, timestamp: T0 })
    driver.quote({ ...lastYear, price: 103, timestamp: T0 + 1 })
    const value = `{"symbol":"A","price":106,"timestamp":${T0 + 2}}`
    const { copies } = driver.record({ key: null, value, headers: replayedHeaders })
    const headers = Object.fromEntries(
      Object.entries(copies[0]?.headers ?? {}).map(([name, content]) => [name, Buffer.from(content)]),
    )
    driver.record({ key: 'A', value, headers: { ...headers, [ORIGIN_HEADER]: Buffer.from('9:0') } })
    expect(fired(driver)).toEqual([
      ['move', 'up', 1, 1],
      ['move', 'up', 3, 2],
    ])
    expect(driver.counters.stale).toBe(0)
  })

  test('a rule without a limit takes no quote for stale', () => {
    const [rule] = DEFAULT_ALERT_RULES as [AlertRule]
    const driver = alerting([
      { ...rule, name: 'patient', staleAfterMs: null },
      { ...rule, name: 'strict', staleAfterMs: 0 },
    ])
    const ingestTime = T0 + 366 * 24 * 60 * MINUTE
    driver.quote({ symbol: 'A', price: 100, timestamp: T0, ingestTime })
    driver.quote({ symbol: 'A', price: 103, timestamp: T0 + 1, ingestTime })
    expect(fired(driver)).toEqual([['patient', 'up', 1, 1]])
  })

  test('quotes that a rule leaves out as stale are counted once each', () => {
    const driver = alerting()
    const staleAt = (timestamp: number) =>
      driver.quote({ symbol: 'A', price: 100, timestamp, ingestTime: T0 + 20 * MINUTE + 5 })
    for (const timestamp of [T0, T0 + 4, T0 + 5, T0 + 6]) staleAt(timestamp)
    expect(driver.counters).toMatchObject({ stale: 2, placed: 4 })
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

  const message = (ageMs: number) => {
    const driver = alerting([{ ...(DEFAULT_ALERT_RULES[0] as MoveRule), withinMs: 300_000 }])
    const timestamp = Date.UTC(2026, 0, 6, 15, 31, 20)
    driver.quote({ symbol: 'TSLA', price: 430.63, timestamp: timestamp - ageMs })
    driver.quote({ symbol: 'TSLA', price: 444.45, timestamp })
    return driver.all.alerts[0]?.message
  }

  test('the message is one line that a person can read', () => {
    expect(message(5 * MINUTE)).toBe('TSLA  +3.21 % in 5 min  444.45 (was 430.63)  15:31:20 UTC')
  })

  test.each([
    [0, '1 s'],
    [1, '1 s'],
    [42 * SECOND, '42 s'],
    [59 * SECOND + 1, '1 min'],
    [5 * MINUTE + 1, '5 min 1 s'],
    [60 * MINUTE - 1, '1 h'],
    [60 * MINUTE + 1, '1 h 1 min'],
    [18 * 60 * MINUTE, '18 h'],
    [24 * 60 * MINUTE - 1, '1 d'],
    [65 * 60 * MINUTE, '2 d 17 h'],
  ])('a reference that is %d ms old is never said to be younger: in %s', (ageMs, text) => {
    expect(message(ageMs)).toContain(`+3.21 % in ${text}  444.45`)
  })

  test('a previous close has no age', () => {
    const driver = alerting()
    driver.quote({ symbol: 'A', price: 97.9, timestamp: T0, previousClose: 100 })
    expect(driver.all.alerts[0]?.message).toBe('A  -2.10 % since previous close  97.90 (was 100.00)  15:00:00 UTC')
  })
})
