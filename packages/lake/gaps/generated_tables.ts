// The tables that the view `gaps` needs beside those of the lake: what the calendars say, and which one each symbol
// has. Nothing of them is made before a query reads them.

import type { Calendars } from '#calendar/calendar'
import { partitionValue } from '#delta/schema/partition_value'
import { loadSnapshot } from '#delta/snapshot'
import { SESSION_DAYS_AHEAD, SESSION_DAYS_MAX, TRADING_DAY_MARGIN_DAYS } from '#lake/gaps/limits'
import { marketSessions, type TradeDates } from '#lake/gaps/market_sessions'
import { symbolCalendars } from '#lake/gaps/symbol_calendars'
import type { QueryContext } from '#lake/query_context'
import { queryTables } from '#lake/query_rows'
import { barsTableName, DATE_COLUMN } from '#lake/tables'
import type { NamedTable, PointInTime } from '#lake-sql/lake_source'
import type { GeneratedTable } from '#lake-sql/local_table'
import type { ResultRow } from '#lake-sql/result'
import { parseTradeDate, type TradeDate } from '#market/session'
import { DAY_MS, type EpochMs, epochMs } from '#runtime/units'

/** What each of them is, in one line for people. */
export const GENERATED_TABLES = [
  {
    name: 'market_sessions',
    description: "The sessions of each calendar, from the lake's first bar to 30 days ahead. It has no files.",
  },
  {
    name: 'symbol_calendars',
    description:
      'Each symbol that has bars, with its calendar and the time in which bars are expected. It has no files.',
  },
] as const

/** What they are made of. */
export interface GeneratedTablesParts {
  /** Where the lake is, for people. */
  readonly lake: string
  /** The lake's own tables. */
  readonly tables: readonly NamedTable[]
  readonly barIntervalMs: number
  readonly at: PointInTime
  readonly calendars: () => Promise<Calendars>
  /** Bars are expected from this date on, even of symbols that came later; undefined: from each one's first bar on. */
  readonly gapsFrom?: TradeDate | undefined
}

/** The tables for one query; aborting the context's signal ends what they ask, too. */
export function generatedTables(context: QueryContext, parts: GeneratedTablesParts): readonly GeneratedTable[] {
  const { lake, tables, at, gapsFrom } = parts
  const now = at.kind === 'asOf' ? at.time : context.clock.now()
  const ask = async (sql: string, generated: readonly GeneratedTable[] = []) => {
    const rows: ResultRow[] = []
    const query = { lake, tables, generated, at, statements: [sql] }
    await queryTables(context, query, (row) => rows.push(row))
    return rows
  }
  const from = gapsFrom === undefined ? undefined : lookedAtFrom(gapsFrom)
  return [
    marketSessions({ ...parts, dates: () => sessionDates(parts, now) }),
    symbolCalendars({ ...parts, ask, now, from: from === undefined ? undefined : epochMs(from * DAY_MS) }),
  ]
}

/** The UTC date from which on bars may belong to that trade date. */
export function lookedAtFrom(date: TradeDate): TradeDate {
  return date - TRADING_DAY_MARGIN_DAYS
}

/** From the lake's first bar, or the date that is asked for, until some days ahead. */
async function sessionDates(
  { tables, barIntervalMs, gapsFrom }: GeneratedTablesParts,
  now: EpochMs,
): Promise<TradeDates> {
  const today = Math.floor(now / DAY_MS)
  const bars = tables.find(({ name }) => name === barsTableName(barIntervalMs))
  const first = gapsFrom ?? (bars === undefined ? today : await firstDateOf(bars, today))
  const from = Math.max(lookedAtFrom(first), today - SESSION_DAYS_MAX)
  return { from, to: today + SESSION_DAYS_AHEAD }
}

/** By the partitions of the table, without opening a file; `instead` when it has none. */
async function firstDateOf({ store }: NamedTable, instead: TradeDate): Promise<TradeDate> {
  const snapshot = await loadSnapshot(store)
  let first = instead
  for (const file of snapshot?.files.values() ?? []) {
    const date = parseTradeDate(partitionValue(file, DATE_COLUMN) ?? '')
    if (date !== null && date < first) first = date
  }
  return first
}
