// The example of the README runs, and puts out what it says.

import { expect, test } from 'vitest'
import { DEFAULT_ALERT_RULES, parseAlertRules } from '#services/stream/alert_rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createTopologyDriver } from '#services/stream/topology_driver'

test('quotes by hand make alerts and bars', () => {
  const noon = Date.UTC(2026, 10, 23, 17)
  const rules = DEFAULT_ALERT_RULES.slice(0, 1).map((rule) => ({ ...rule, percent: 1 }))
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules })
  driver.quote({ symbol: 'AAPL', price: 277.06, timestamp: noon })
  expect(driver.quote({ symbol: 'AAPL', price: 281, timestamp: noon + 60_000 }).alerts).toMatchObject([{ level: 1 }])
  expect(driver.clockReaches(noon + 120_000).bars).toMatchObject([{ count: 1, closedBy: 'idle' }])
})

test('the rules file of the README is the built-in one', () => {
  const text = `{ "rules": [
      { "name": "move", "kind": "move", "percent": 2, "withinMs": 300000 },
      { "name": "gap", "kind": "gap", "percent": 2 } ] }`
  expect(parseAlertRules(text, 'README')).toEqual(DEFAULT_ALERT_RULES)
})
