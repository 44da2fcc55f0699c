// What one request asks for: some trading days of a symbol at a grain. It is published whole, or not at all.

import type { Calendar } from '#calendar/calendar'
import type { HistoryGrain } from '#market/history/history_bar'
import { type TradeDate, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { DoneDays } from '#services/backfill/done/done_days'
import { tradingDaysOf } from '#services/backfill/trading_days'

/** A trading day that is asked for. */
export interface WantedDay {
  readonly tradeDate: TradeDate
  /** Its bars before this are landed already, and final; null: none are. */
  readonly landedUntil: EpochMs | null
}

/** A request and what it is for. */
export interface BackfillUnit {
  readonly symbol: string
  readonly grain: HistoryGrain
  /** Oldest first, never empty. */
  readonly days: readonly WantedDay[]
  /** Dates from here to the last day are asked for: also those on which the market, as far as is known, rests. */
  readonly firstDate: TradeDate
  /** The stretch of time that is asked for: [from, to). */
  readonly from: EpochMs
  readonly to: EpochMs
  /** The market's calendar as far as the symbol alone tells it. */
  readonly calendar: Calendar
}

/**
 * The days of a unit on the market that its answer tells: besides those that were planned, those that the symbol alone
 * did not tell of, such as ^FTSE's on a holiday of New York.
 */
export function daysOnMarket(unit: BackfillUnit, calendar: Calendar, done: Pick<DoneDays, 'of'>): readonly WantedDay[] {
  if (calendar === unit.calendar) return unit.days
  const days = new Map(unit.days.map((day) => [day.tradeDate, day]))
  const to = (unit.days.at(-1) as WantedDay).tradeDate
  for (const { tradeDate } of tradingDaysOf(calendar, { from: unit.firstDate, to, grain: unit.grain })) {
    const known = done.of(unit.symbol, tradeDate)
    if (days.has(tradeDate) || (known !== undefined && known.state !== 'partial')) continue
    days.set(tradeDate, { tradeDate, landedUntil: known?.coveredUntil ?? null })
  }
  return [...days.values()].sort((a, b) => a.tradeDate - b.tradeDate)
}

/** `AAPL 1m 2026-11-23 to 2026-11-27` */
export function unitText({ symbol, grain, days }: Pick<BackfillUnit, 'symbol' | 'grain' | 'days'>): string {
  const [first, last] = [days[0] as WantedDay, days.at(-1) as WantedDay].map(({ tradeDate }) =>
    tradeDateText(tradeDate),
  )
  return `${symbol} ${grain} ${first}${first === last ? '' : ` to ${last}`}`
}
