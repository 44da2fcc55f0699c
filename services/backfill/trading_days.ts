// A market's trading days as a source of history has them: from the first session to the last, without the overnight
// session, which charts leave out. Of daily bars, the regular hours alone.

import type { Calendar } from '#calendar/calendar'
import type { HistoryGrain } from '#market/history/history_bar'
import type { TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'

/** A trading day, as far as bars of a grain cover it: [start, end). */
export interface TradingDay {
  readonly tradeDate: TradeDate
  readonly start: EpochMs
  readonly end: EpochMs
}

/** The trading day of a date; null when nothing trades on it. */
export function tradingDayOf(calendar: Calendar, tradeDate: TradeDate, grain: HistoryGrain): TradingDay | null {
  const spans = calendar
    .spansOf(tradeDate)
    .filter(({ session }) => (grain === '1d' ? session === 'regular' : session !== 'overnight'))
  const [first, last] = [spans[0], spans.at(-1)]
  return first === undefined || last === undefined ? null : { tradeDate, start: first.start, end: last.end }
}

/** Those of all dates from `from` to `to`, both included, oldest first. */
export function tradingDaysOf(
  calendar: Calendar,
  { from, to, grain }: { readonly from: TradeDate; readonly to: TradeDate; readonly grain: HistoryGrain },
): readonly TradingDay[] {
  const days: TradingDay[] = []
  for (let date = from; date <= to; date++) {
    const day = tradingDayOf(calendar, date, grain)
    if (day !== null) days.push(day)
  }
  return days
}
