// A rule is evaluated as the kind that it names, and as no other.

import { expect, test } from 'vitest'
import { type AlertRule, DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver } from '#services/stream/topology_driver'

const NOON = Date.UTC(2026, 0, 6, 17)

test.each([null, 300_000])('a kind that nobody evaluates is not taken for another (withinMs: %j)', (withinMs) => {
  const rule = { ...DEFAULT_ALERT_RULES[0], kind: 'spike', withinMs } as unknown as AlertRule
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [rule] })
  const give = (price: number) => driver.quote({ symbol: 'TSLA', price, timestamp: NOON, previousClose: 100 })
  expect(() => [100, 110].map(give)).toThrow('nobody evaluates alert rules of the kind "spike"')
})

test('a previous close is of no matter to a rule that looks back, nor are earlier prices to a gap', () => {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
  driver.quote({ symbol: 'TSLA', price: 100, timestamp: NOON, previousClose: 100 })
  const { alerts } = driver.quote({ symbol: 'TSLA', price: 103, timestamp: NOON + 60_000, previousClose: 90 })
  expect(alerts.map(({ rule, referencePrice, referenceTime }) => [rule, referencePrice, referenceTime])).toEqual([
    ['move', 100, NOON],
    ['gap', 90, null],
  ])
  expect(alerts.map(({ message }) => message)).toEqual([
    'TSLA  +3.00 % in 1 min  103.00 (was 100.00)  17:01:00 UTC',
    'TSLA  +14.44 % since previous close  103.00 (was 90.00)  17:01:00 UTC',
  ])
})

test('a level never exceeds what its column in the table holds', () => {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
  driver.quote({ symbol: 'SHIB', price: 1e-12, timestamp: NOON })
  const first = driver.quote({ symbol: 'SHIB', price: 0.5, timestamp: NOON + 1_000 })
  const second = driver.quote({ symbol: 'SHIB', price: 5, timestamp: NOON + 2_000 })
  expect([first, second].map(({ alerts }) => alerts.map(({ level }) => level))).toEqual([[2 ** 31 - 1], []])
})
