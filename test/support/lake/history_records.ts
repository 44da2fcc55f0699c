// What a backfill publishes, for tests: one record of each topic of history, and others that differ from it.

import type { CorporateAction } from '#market/history/corporate_action'
import type { HistoryBar } from '#market/history/history_bar'
import type { HistoryDay } from '#market/history/history_day'
import { epochMs } from '#runtime/units'

/** 2026-11-21T15:29:00Z */
export const FETCHED_AT = epochMs(Date.UTC(2026, 10, 21, 15, 29))

/** A minute of the evening of 2026-11-27 in New York, whose date in UTC is the next one. */
export function historyBar(changes: Partial<HistoryBar> = {}): HistoryBar {
  return {
    symbol: 'AAPL',
    grain: '1m',
    windowStart: epochMs(Date.UTC(2026, 10, 28, 0, 59)),
    windowEnd: epochMs(Date.UTC(2026, 10, 28, 1)),
    open: 1,
    high: 2,
    low: 0.5,
    close: 1.5,
    volume: null,
    tradeDate: '2026-11-27',
    session: 'post',
    currency: 'USD',
    exchange: null,
    isFinal: true,
    source: 'yahoo',
    fetchedAt: FETCHED_AT,
    ...changes,
  }
}

/** What is known of that trading day. */
export function historyDay(changes: Partial<HistoryDay> = {}): HistoryDay {
  return {
    symbol: 'AAPL',
    grain: '1m',
    tradeDate: '2026-11-27',
    state: 'partial',
    bars: 210,
    coveredFrom: epochMs(Date.UTC(2026, 10, 28, 0, 59)),
    coveredUntil: epochMs(Date.UTC(2026, 10, 28, 1)),
    regularStart: null,
    regularEnd: null,
    source: 'yahoo',
    fetchedAt: FETCHED_AT,
    ...changes,
  }
}

/** A 4-for-1. */
export function split(changes: Partial<CorporateAction> = {}): CorporateAction {
  return {
    symbol: 'AAPL',
    kind: 'split',
    exTime: epochMs(Date.UTC(2020, 7, 31, 13, 30)),
    exDate: '2020-08-31',
    ratio: 4,
    amount: null,
    currency: null,
    source: 'yahoo',
    fetchedAt: FETCHED_AT,
    ...changes,
  }
}
