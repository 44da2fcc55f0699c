// The bars in an answer, each with its trading day. Pure.
// Left out: windows without a trade, the window that still runs, and Yahoo's row of the last trade, whose time is no
// window's start. Before and after hours Yahoo's volume is 0, which says nothing.

import type { HistoryBar } from '#market/history/history_bar'
import { type Session, type TradeDate, tradeDateText } from '#market/session'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { ChartAnswer, ChartPrices, ChartRow } from '#services/backfill/chart/chart_answer'
import type { ChartSessions } from '#services/backfill/chart/sessions'
import { GRAIN_LIMITS } from '#services/backfill/limits'
import { finalUntil } from '#services/backfill/plan'
import type { BackfillUnit } from '#services/backfill/unit'

/** A bar and its trade date as a number. */
export interface DatedBar {
  readonly date: TradeDate
  readonly bar: HistoryBar
}

/** What bars are made with. */
export interface BarParts {
  readonly unit: Pick<BackfillUnit, 'symbol' | 'grain'>
  readonly sessions: ChartSessions
  readonly fetchedAt: EpochMs
  readonly source: string
}

/** All bars of an answer by time, one a window. */
export function datedBars(answer: ChartAnswer, parts: BarParts): DatedBar[] {
  const bars = new Map<EpochMs, DatedBar>()
  for (const { time, prices } of answer.rows) {
    const window = prices === null ? null : windowOf(time, parts)
    if (prices === null || window === null || window.end > parts.fetchedAt) continue
    // Of a day that is just over there may be two rows: that of its open and that of its last trade, which comes later.
    bars.set(window.start, { date: window.date, bar: barOf(window, { prices, answer, parts }) })
  }
  return [...bars.values()]
}

interface BarWindow {
  readonly start: EpochMs
  readonly end: EpochMs
  readonly date: TradeDate
  readonly session: Session
}

function windowOf(time: ChartRow['time'], { unit, sessions }: BarParts): BarWindow | null {
  const { grain } = unit
  if (grain === '1d') {
    const date = sessions.dateOf(time)
    const day = sessions.dayOf(date, grain) ?? { start: time, end: (time + DAY_MS) as EpochMs }
    return { start: day.start, end: day.end, date, session: 'regular' }
  }
  const { alignedMs, lengthMs } = GRAIN_LIMITS[grain]
  if (time % alignedMs !== 0) return null
  const { tradeDate, session, end } = sessions.placeOf(time)
  return { start: time, end: Math.min(time + lengthMs, end) as EpochMs, date: tradeDate, session }
}

interface BarFacts {
  readonly prices: ChartPrices
  readonly answer: ChartAnswer
  readonly parts: BarParts
}

function barOf({ start, end, date, session }: BarWindow, { prices, answer, parts }: BarFacts): HistoryBar {
  return {
    symbol: parts.unit.symbol,
    grain: parts.unit.grain,
    windowStart: start,
    windowEnd: end,
    ...prices,
    volume: saysVolume(session, answer) || prices.volume !== 0 ? prices.volume : null,
    tradeDate: tradeDateText(date),
    session,
    currency: answer.currency,
    exchange: answer.exchange,
    isFinal: end <= finalUntil(parts.unit.grain, parts.fetchedAt),
    source: parts.source,
    fetchedAt: parts.fetchedAt,
  }
}

/** Currencies have no volume, whatever the session. */
function saysVolume(session: Session, { instrumentType }: ChartAnswer): boolean {
  return session === 'regular' && instrumentType !== 'CURRENCY'
}
