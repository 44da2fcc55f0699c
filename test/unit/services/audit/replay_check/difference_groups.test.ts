// Differences by kind, rule, symbol and day: counted where they belong, those with most first, and bounded.

import { expect, test } from 'vitest'
import { DifferenceGroups } from '#services/audit/replay_check/difference_groups'

const NOON = Date.UTC(2026, 10, 20, 12)
const HOUR_MS = 3_600_000
const alert = (symbol: string, rule: string, eventTime = NOON) => ({ symbol, rule, eventTime })

test('differences are counted by kind, rule, symbol and day, those with most first', () => {
  const groups = new DifferenceGroups()
  groups.add('alerts', 'missing', alert('AAPL', 'move'))
  groups.add('bars', 'different', { symbol: 'AAPL', windowStart: NOON })
  groups.add('alerts', 'extra', alert('AAPL', 'move', NOON + 12 * HOUR_MS - 1))
  groups.add('alerts', 'extra', alert('AAPL', 'move', NOON + 12 * HOUR_MS))
  groups.add('late quotes', 'missing', { symbol: 'MSFT', timestamp: NOON })
  groups.add('dead letters', 'extra', { ingestTime: NOON, reason: 'not_json' })
  const none = { missing: 0, extra: 0, different: 0, rule: null, symbol: 'AAPL', day: '2026-11-20' }
  expect(groups.sorted()).toEqual([
    { ...none, kind: 'alerts', rule: 'move', missing: 1, extra: 1 },
    { ...none, kind: 'alerts', rule: 'move', day: '2026-11-21', extra: 1 },
    { ...none, kind: 'bars', different: 1 },
    { ...none, kind: 'dead letters', symbol: null, extra: 1 },
    { ...none, kind: 'late quotes', symbol: 'MSFT', missing: 1 },
  ])
})

test('beyond the limit they are counted by kind alone', () => {
  const groups = new DifferenceGroups(2)
  for (const symbol of ['A', 'B', 'C', 'A', 'D']) groups.add('alerts', 'extra', alert(symbol, 'move'))
  const counts = groups.sorted().map(({ symbol, day, extra }) => [symbol, day, extra])
  expect(counts).toEqual([
    ['A', '2026-11-20', 2],
    [null, null, 2],
    ['B', '2026-11-20', 1],
  ])
})

test('an output without a time that can be read has no day', () => {
  const groups = new DifferenceGroups()
  groups.add('bars', 'missing', { symbol: 'A', windowStart: 'then' })
  expect(groups.sorted()).toMatchObject([{ symbol: 'A', day: null, missing: 1 }])
})
