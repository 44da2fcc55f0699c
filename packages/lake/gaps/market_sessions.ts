// The table `market_sessions`: what the calendars say, as rows. It is made when a query reads it.

import type { Calendar, Calendars } from '#calendar/calendar'
import type { GeneratedRow, GeneratedTable } from '#lake-sql/local_table'
import { type TradeDate, tradeDateText } from '#market/session'

/** Trade dates, both included. */
export interface TradeDates {
  readonly from: TradeDate
  readonly to: TradeDate
}

/** What the table is made of. */
export interface MarketSessionsParts {
  readonly calendars: () => Promise<Calendars>
  readonly dates: () => Promise<TradeDates>
}

/** The sessions of all calendars that know a market's hours. */
export function marketSessions({ calendars, dates }: MarketSessionsParts): GeneratedTable {
  return {
    name: 'market_sessions',
    columns: [
      { name: 'calendar', type: 'VARCHAR' },
      { name: 'trade_date', type: 'DATE' },
      { name: 'session', type: 'VARCHAR' },
      { name: 'starts', type: 'TIMESTAMPTZ' },
      { name: 'ends', type: 'TIMESTAMPTZ' },
      { name: 'provisional', type: 'BOOLEAN' },
    ],
    async rows() {
      const { all } = await calendars()
      const range = await dates()
      return all.filter(({ hasHours }) => hasHours).flatMap((calendar) => [...sessionRows(calendar, range)])
    },
  }
}

function* sessionRows(calendar: Calendar, { from, to }: TradeDates): Generator<GeneratedRow> {
  for (let date = from; date <= to; date++) {
    const day = tradeDateText(date)
    const provisional = String(calendar.isProvisional(date))
    for (const { session, start, end } of calendar.spansOf(date)) {
      yield [calendar.name, day, session, text(start), text(end), provisional]
    }
  }
}

function text(instant: number): string {
  return new Date(instant).toISOString()
}
