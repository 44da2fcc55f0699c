// The table `symbol_calendars`: each symbol that has a bar, with the calendar of its newest quotes and the time in
// which bars are expected of it. It is made when a query reads it: two queries find what the newest quotes say of
// their exchange, and `Calendars.of`, which decides for the stream too, does the rest.

import type { Calendars } from '#calendar/calendar'
import { FEED_DELAY_MS_MAX, SETTLED_AFTER_MS } from '#lake/gaps/limits'
import { barsTableName } from '#lake/tables'
import type { GeneratedRow, GeneratedTable } from '#lake-sql/local_table'
import type { ResultRow } from '#lake-sql/result'
import { HISTORY_GRAINS, HISTORY_REACH_MS } from '#market/history/history_bar'
import { intervalName } from '#market/interval'
import { DAY_MS, type EpochMs } from '#runtime/units'

/** Asks the lake's tables, and generated ones beside them. */
export type AskLake = (sql: string, generated?: readonly GeneratedTable[]) => Promise<readonly ResultRow[]>

/** What the table is made of. */
export interface SymbolCalendarsParts {
  readonly calendars: () => Promise<Calendars>
  readonly ask: AskLake
  readonly barIntervalMs: number
  /** The time that the tables are read as of. */
  readonly now: EpochMs
  /** Bars are expected from here on; undefined: from each symbol's first bar on. */
  readonly from?: EpochMs | undefined
}

/** The calendars of all symbols that have bars of that interval. */
export function symbolCalendars(parts: SymbolCalendarsParts): GeneratedTable {
  return {
    name: 'symbol_calendars',
    columns: [
      { name: 'symbol', type: 'VARCHAR' },
      { name: 'calendar', type: 'VARCHAR' },
      { name: 'exchange', type: 'VARCHAR' },
      { name: 'zone', type: 'VARCHAR' },
      { name: 'has_hours', type: 'BOOLEAN' },
      { name: 'first_bar', type: 'TIMESTAMPTZ' },
      { name: 'expected_from', type: 'TIMESTAMPTZ' },
      { name: 'expected_until', type: 'TIMESTAMPTZ' },
      { name: 'fillable_from', type: 'TIMESTAMPTZ' },
    ],
    async rows() {
      const symbols = await followedSymbols(parts)
      const markets = await marketsOf(symbols, parts.ask)
      const calendars = await parts.calendars()
      return symbols.map((followed) => rowOf(followed, { ...parts, calendars, market: markets.get(followed.symbol) }))
    },
  }
}

/** A symbol, and the windows of its first and newest bar. */
interface FollowedSymbol {
  readonly symbol: string
  readonly first: number
  readonly newest: number
}

/** What the newest quotes of a symbol say. */
interface QuotedMarket {
  readonly exchange: string | null
  readonly zone: string | null
  readonly source: string | null
  /** How much later than their event times they come in at least. */
  readonly delayMs: number
}

async function followedSymbols({ ask, barIntervalMs }: SymbolCalendarsParts): Promise<readonly FollowedSymbol[]> {
  const rows = await ask(`
    SELECT symbol, epoch_ms(min(window_start)), epoch_ms(max(window_start))
    FROM ${barsTableName(barIntervalMs)} GROUP BY symbol ORDER BY symbol`)
  return rows.map(([symbol, first, newest]) => ({
    symbol: symbol as string,
    first: Number(first),
    newest: Number(newest),
  }))
}

/** By the quotes since each symbol's newest bar began: a few files, however long the lake goes back. */
async function marketsOf(symbols: readonly FollowedSymbol[], ask: AskLake): Promise<ReadonlyMap<string, QuotedMarket>> {
  if (symbols.length === 0) return new Map()
  const rows = await ask(
    `SELECT
      symbol,
      arg_max(exchange, event_time),
      arg_max(json_extract_string(extra, '$.exchangeTimezoneName'), event_time),
      arg_max(source, event_time),
      min(epoch_ms(ingest_time) - epoch_ms(event_time))
    FROM stocks JOIN newest_bars USING (symbol)
    WHERE event_time >= newest AND (${sinceSql(symbols)})
    GROUP BY symbol`,
    [newestBars(symbols)],
  )
  return new Map(
    rows.map(([symbol, exchange = null, zone = null, source = null, delay]) => [
      symbol as string,
      { exchange, zone, source, delayMs: Number(delay) },
    ]),
  )
}

/** For each date that has newest bars, the earliest of them: constants, by which files are left out. */
function sinceSql(symbols: readonly FollowedSymbol[]): string {
  const earliest = new Map<number, number>()
  for (const { newest } of symbols) {
    const day = Math.floor(newest / DAY_MS)
    earliest.set(day, Math.min(newest, earliest.get(day) ?? newest))
  }
  return [...earliest]
    .map(([day, time]) => `date = DATE '${text(day * DAY_MS).slice(0, 10)}' AND event_time >= '${text(time)}'`)
    .join(' OR ')
}

function newestBars(symbols: readonly FollowedSymbol[]): GeneratedTable {
  return {
    name: 'newest_bars',
    columns: [
      { name: 'symbol', type: 'VARCHAR' },
      { name: 'newest', type: 'TIMESTAMPTZ' },
    ],
    rows: async () => symbols.map(({ symbol, newest }) => [symbol, text(newest)]),
  }
}

interface RowParts extends Pick<SymbolCalendarsParts, 'now' | 'from' | 'barIntervalMs'> {
  readonly calendars: Calendars
  readonly market: QuotedMarket | undefined
}

function rowOf({ symbol, first }: FollowedSymbol, parts: RowParts): GeneratedRow {
  const { now, from, calendars, market } = parts
  const { exchange = null, zone = null, source = null, delayMs = 0 } = market ?? {}
  const { name, hasHours } = calendars.of({ symbol, exchange, zone })
  const reach = source === SIMULATOR ? null : reachOf(parts.barIntervalMs)
  const fillable = reach === null ? null : text(now - reach)
  const delay = Math.min(Math.max(delayMs, 0), FEED_DELAY_MS_MAX)
  const expected = [text(from ?? first), text(now - SETTLED_AFTER_MS - delay)]
  return [symbol, name, exchange, zone, String(hasHours), text(first), ...expected, fillable]
}

/** How far back history has bars of that length; null when it has none of them. */
function reachOf(barIntervalMs: number): number | null {
  const name = intervalName(barIntervalMs)
  const grain = HISTORY_GRAINS.find((each) => each === name)
  return grain === undefined ? null : HISTORY_REACH_MS[grain]
}

/** The source of quotes that nobody has a history of. */
const SIMULATOR = 'simulator'

function text(instant: number): string {
  return new Date(instant).toISOString()
}
