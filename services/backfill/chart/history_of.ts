// An answer to a request as records: the bars, the days that they belong to, and the corporate actions. Pure.
// Invariants: no bar of a window that still runs; what may still change is marked; a day is complete only when all of
// it was asked for and is final.

import type { Calendar } from '#calendar/calendar'
import type { CorporateAction } from '#market/history/corporate_action'
import type { HistoryBar } from '#market/history/history_bar'
import type { HistoryDay } from '#market/history/history_day'
import { type TradeDate, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { ChartAnswer, ChartEvent } from '#services/backfill/chart/chart_answer'
import { type DatedBar, datedBars } from '#services/backfill/chart/dated_bars'
import { type ChartSessions, chartSessions } from '#services/backfill/chart/sessions'
import { finalUntil } from '#services/backfill/plan'
import { tradingDayOf } from '#services/backfill/trading_days'
import type { BackfillUnit, WantedDay } from '#services/backfill/unit'

/** Who has it. */
const SOURCE = 'yahoo'

/** What a request brought. */
export interface UnitHistory {
  /** Without those that are landed already. */
  readonly bars: readonly HistoryBar[]
  /** One of each day that was asked for. */
  readonly days: readonly HistoryDay[]
  /** Those of these days. */
  readonly actions: readonly CorporateAction[]
}

/** What an answer is read with. */
export interface HistoryParts {
  /** The market's, as the answer tells it. */
  readonly calendar: Calendar
  readonly fetchedAt: EpochMs
}

/** The history in an answer. null: the source has nothing of the time that was asked for. */
export function historyOf(
  unit: BackfillUnit,
  answer: ChartAnswer | null,
  { calendar, fetchedAt }: HistoryParts,
): UnitHistory {
  const sessions = chartSessions(calendar, answer?.periods ?? null)
  const reading: Reading = { unit, answer, sessions, fetchedAt }
  const bars = answer === null ? [] : datedBars(answer, { ...reading, source: SOURCE })
  const wanted = new Map(unit.days.map((day) => [day.tradeDate, day]))
  return {
    bars: bars.filter(({ date, bar }) => isToLand(bar, wanted.get(date))).map(({ bar }) => bar),
    days: daysOf(reading, bars),
    actions: (answer?.events ?? []).flatMap((event) => {
      const exDate = sessions.dateOf(event.time)
      return wanted.has(exDate) ? [actionOf(event, { ...reading, exDate })] : []
    }),
  }
}

interface Reading {
  readonly unit: BackfillUnit
  readonly answer: ChartAnswer | null
  readonly sessions: ChartSessions
  readonly fetchedAt: EpochMs
}

function isToLand({ windowEnd }: HistoryBar, day: WantedDay | undefined): boolean {
  return day !== undefined && (day.landedUntil === null || windowEnd > day.landedUntil)
}

function daysOf({ unit, answer, sessions, fetchedAt }: Reading, bars: readonly DatedBar[]): HistoryDay[] {
  // A row without prices tells that nothing was traded; no row at all tells nothing.
  const told = new Set((answer?.rows ?? []).map(({ time }) => sessions.dateOf(time)))
  const barsByDate = Map.groupBy(bars, ({ date }) => date)
  return unit.days.map(({ tradeDate }) => {
    const hours = sessions.regularOf(tradeDate)
    return {
      symbol: unit.symbol,
      grain: unit.grain,
      tradeDate: tradeDateText(tradeDate),
      ...coverageOf(tradeDate, { unit, sessions, fetchedAt, isTold: told.has(tradeDate) }),
      bars: barsByDate.get(tradeDate)?.length ?? 0,
      regularStart: hours?.start ?? null,
      regularEnd: hours?.end ?? null,
      source: SOURCE,
      fetchedAt,
    }
  })
}

interface CoverageFacts extends Pick<Reading, 'unit' | 'sessions' | 'fetchedAt'> {
  /** Whether the answer has rows of the day. */
  readonly isTold: boolean
}

const NOTHING = { coveredFrom: null, coveredUntil: null } as const

function coverageOf(
  date: TradeDate,
  { unit, sessions, fetchedAt, isTold }: CoverageFacts,
): Pick<HistoryDay, 'state' | 'coveredFrom' | 'coveredUntil'> {
  const { grain, calendar } = unit
  const own = sessions.dayOf(date, grain)
  // The plan went by the calendar that the symbol alone tells: each of its days is answered for.
  const day = own ?? tradingDayOf(calendar, date, grain)
  const until = Math.min(day?.end ?? unit.to, finalUntil(grain, fetchedAt), unit.to) as EpochMs
  const isOver = day === null || until >= day.end
  if (!isTold && isOver) {
    const isClosed = own === null || sessions.saysClosed(date)
    return { state: isClosed ? 'no_session' : 'none', ...NOTHING }
  }
  if (!isTold || day === null) return { state: 'partial', ...NOTHING }
  const coveredFrom = Math.max(day.start, unit.from) as EpochMs
  return { state: isOver ? 'complete' : 'partial', coveredFrom, coveredUntil: until }
}

function actionOf(
  event: ChartEvent,
  { unit, answer, fetchedAt, exDate }: Reading & { readonly exDate: TradeDate },
): CorporateAction {
  const currency = answer?.currency ?? null
  return {
    symbol: unit.symbol,
    kind: event.kind,
    exTime: event.time,
    exDate: tradeDateText(exDate),
    ratio: event.kind === 'split' ? event.ratio : null,
    amount: event.kind === 'dividend' ? event.amount : null,
    currency: event.kind === 'dividend' ? (event.currency ?? currency) : currency,
    source: SOURCE,
    fetchedAt,
  }
}
