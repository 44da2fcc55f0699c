// Units for tests that read answers. The tests' days are those around Thanksgiving 2026; 27 November is a half day.

import { openCalendars } from '#calendar/calendars'
import type { HistoryGrain } from '#market/history/history_bar'
import { parseTradeDate, type TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { DoneDays } from '#services/backfill/done/done_days'
import { planBackfill } from '#services/backfill/plan'
import type { BackfillUnit } from '#services/backfill/unit'

export const calendars = openCalendars({})

/** The date of a text. Throws when it is none. */
export function dateOf(text: string): TradeDate {
  const date = parseTradeDate(text)
  if (date === null) throw new Error(`${text} is no date`)
  return date
}

export const instant = (text: string) => Date.parse(text) as EpochMs

/** What is asked. */
export interface GivenWish {
  readonly symbol?: string
  readonly grain?: HistoryGrain
  readonly from: string
  readonly to: string
  readonly now: string
  readonly done?: DoneDays
}

/** The units of a wish, as they are planned. */
export function unitsOf({ symbol = 'AAPL', grain = '1m', from, to, now, done }: GivenWish): readonly BackfillUnit[] {
  const wish = { symbols: [symbol], grain, from: dateOf(from), to: dateOf(to) }
  return planBackfill(wish, { calendars, done: done ?? new DoneDays([symbol]), now: instant(now) }).units
}
