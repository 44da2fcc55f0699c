// Bars as the API answers them, for tests of the chart: minutes from a beginning, and what a server makes of them.

import { epochMs } from '#runtime/units'
import type { AlertRow, BarRow, BarsAnswer, Grain } from '#services/web/api'
import { combineBars } from '../../../../services/web/page/chart/series/bars.ts'
import { grainMs } from '../../../../services/web/page/chart/series/grain.ts'

export const MINUTE = 60_000
/** 2026-11-28T12:00:00Z. */
export const NOON = epochMs(1_795_867_200_000)

/** The one-minute bar that many minutes after noon. */
export function minuteBar(minute: number, changes: Partial<BarRow> = {}): BarRow {
  const price = 100 + (minute % 7)
  return {
    windowStart: epochMs(NOON + minute * MINUTE),
    windowEnd: epochMs(NOON + (minute + 1) * MINUTE),
    open: price,
    high: price + 2,
    low: price - 1,
    close: price + 1,
    average: price + 0.5,
    vwap: price + 0.25,
    volume: 10,
    count: 4,
    revision: 0,
    complete: true,
    origin: 'live',
    session: 'regular',
    tradeDate: new Date(NOON + minute * MINUTE).toISOString().slice(0, 10),
    ...changes,
  }
}

/** Minutes rolled up to a grain, as the server does: the revision counts how often its bars were put out. */
export function rollUp(bars: readonly BarRow[], grain: Grain): BarRow[] {
  const lengthMs = grainMs(grain)
  if (lengthMs === MINUTE) return [...bars]
  const byWindow = Map.groupBy(bars, ({ windowStart }) => Math.floor(windowStart / lengthMs) * lengthMs)
  return [...byWindow].map(([start, parts]) => {
    const window = { windowStart: epochMs(start), windowEnd: epochMs(start + lengthMs) }
    return { ...combineBars(parts, window), revision: parts.reduce((sum, part) => sum + part.revision + 1, -1) }
  })
}

/** What /api/bars answers when the symbol's bars are these. */
export function answerOf(
  bars: readonly BarRow[],
  { grain = '1m', from, to }: { readonly grain?: Grain; readonly from: number; readonly to: number },
): BarsAnswer {
  return {
    symbol: 'AAPL',
    grain,
    grains: ['1m', '5m', '15m', '1h', '1d'],
    from: epochMs(from),
    to: epochMs(to),
    bars: rollUp(bars, grain).filter(({ windowStart }) => windowStart >= from && windowStart < to),
    earliest: bars[0]?.windowStart ?? null,
    zone: 'America/New_York',
    historyVersion: null,
    position: 'p',
  }
}

/** An alert that many minutes after noon. */
export function alertAt(minute: number, changes: Partial<AlertRow> = {}): AlertRow {
  return {
    id: `alert-${minute}`,
    rule: 'move',
    symbol: 'AAPL',
    direction: 'up',
    level: 1,
    percent: 2.1,
    price: 102,
    referencePrice: 100,
    referenceTime: epochMs(NOON + (minute - 5) * MINUTE),
    eventTime: epochMs(NOON + minute * MINUTE + 500),
    message: 'AAPL  +2.10 % in 5 min  102.00 (was 100.00)',
    ...changes,
  }
}
