import { expect, test } from 'vitest'
import { type CorporateAction, encodeCorporateAction } from '#market/history/corporate_action'
import { encodeHistoryBar, type HistoryBar } from '#market/history/history_bar'
import { encodeHistoryDay, type HistoryDay } from '#market/history/history_day'
import { epochMs } from '#runtime/units'

const at = epochMs(Date.parse('2026-11-27T14:30:00Z'))

test('what history brings is written whole, with null for what is not known', () => {
  const bar: HistoryBar = {
    symbol: 'AAPL',
    grain: '1m',
    windowStart: at,
    windowEnd: epochMs(at + 60_000),
    open: 1,
    high: 2,
    low: 0.5,
    close: 1.5,
    volume: null,
    tradeDate: '2026-11-27',
    session: 'regular',
    currency: 'USD',
    exchange: 'NMS',
    isFinal: true,
    source: 'yahoo',
    fetchedAt: at,
  }
  const day: HistoryDay = {
    symbol: 'AAPL',
    grain: '1m',
    tradeDate: '2026-11-27',
    state: 'none',
    bars: 0,
    coveredFrom: null,
    coveredUntil: null,
    regularStart: null,
    regularEnd: null,
    source: 'yahoo',
    fetchedAt: at,
  }
  const split: CorporateAction = {
    symbol: 'AAPL',
    kind: 'split',
    exTime: at,
    exDate: '2026-11-27',
    ratio: 4,
    amount: null,
    currency: null,
    source: 'yahoo',
    fetchedAt: at,
  }
  expect(JSON.parse(encodeHistoryBar(bar))).toEqual(bar)
  expect(JSON.parse(encodeHistoryDay(day))).toEqual(day)
  expect(JSON.parse(encodeCorporateAction(split))).toEqual(split)
})
