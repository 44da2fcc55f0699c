// The view `gaps` against the plain rule of the oracle, on tables in a DuckDB: any bars, sessions, and days of history.

import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { connectDuckdb } from '#duckdb/open'
import { gapsView } from '#lake/gaps/gaps_view'
import { marketSessions } from '#lake/gaps/market_sessions'
import { parseTradeDate } from '#market/session'
import { gapsOf, type OracleGap, type OracleMarket, type OracleSession } from '#support/lake/gap_oracle'

const MINUTE = 60_000
const DAY = 86_400_000
/** 2026-03-07T00:00:00Z */
const BASE = Date.UTC(2026, 2, 7)

const TABLES = `
  CREATE OR REPLACE TABLE bars_1m (symbol VARCHAR, window_start TIMESTAMPTZ, date DATE);
  CREATE OR REPLACE TABLE bars_5m (symbol VARCHAR, window_start TIMESTAMPTZ, date DATE);
  CREATE OR REPLACE TABLE history_bars (symbol VARCHAR, grain VARCHAR, window_start TIMESTAMPTZ, date DATE);
  CREATE OR REPLACE TABLE history_days (symbol VARCHAR, grain VARCHAR, trade_date DATE, state VARCHAR,
    covered_from TIMESTAMPTZ, covered_until TIMESTAMPTZ, regular_start TIMESTAMPTZ, regular_end TIMESTAMPTZ,
    fetched_at TIMESTAMPTZ, source_offset BIGINT);
  CREATE OR REPLACE TABLE market_sessions (calendar VARCHAR, trade_date DATE, session VARCHAR, starts TIMESTAMPTZ,
    ends TIMESTAMPTZ);
  CREATE OR REPLACE TABLE symbol_calendars (symbol VARCHAR, calendar VARCHAR, has_hours BOOLEAN,
    first_bar TIMESTAMPTZ, expected_from TIMESTAMPTZ, expected_until TIMESTAMPTZ, fillable_from TIMESTAMPTZ)`

const connection = await connectDuckdb(await DuckDBInstance.create(':memory:', { threads: '1' }))

type Cell = string | number | boolean | null

const at = (time: number | null) => (time === null ? null : new Date(time).toISOString())
const sqlOf = (cell: Cell) => (typeof cell === 'string' ? `'${cell}'` : String(cell))

async function insert(table: string, rows: readonly (readonly Cell[])[]): Promise<void> {
  if (rows.length === 0) return
  const values = rows.map((row) => `(${row.map(sqlOf).join(', ')})`)
  await connection.run(`INSERT INTO ${table} VALUES ${values.join(', ')}`)
}

/** What the view says of the market; `bars` is the table that they are in. */
async function viewed(market: OracleMarket, barIntervalMs = MINUTE): Promise<readonly OracleGap[]> {
  await connection.run(TABLES)
  const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10)
  const [table, grain] = barIntervalMs === 5 * MINUTE ? ['bars_5m', '5m'] : ['bars_1m', '1m']
  await insert(
    table,
    market.bars.map(({ symbol, start }) => [symbol, at(start), dateOf(start)]),
  )
  await insert(
    'history_bars',
    market.history.map(({ symbol, start }) => [symbol, grain, at(start), dateOf(start)]),
  )
  // Bars of other grains fill nothing.
  await insert(
    'history_bars',
    market.bars.map(({ symbol, start }) => [symbol, '1h', at(start + MINUTE), dateOf(start)]),
  )
  const days = market.days.map((day, i) => [
    ...[day.symbol, grain, day.tradeDate, day.state, at(day.coveredFrom), at(day.coveredUntil)],
    ...[at(day.regularStart), at(day.regularEnd), at(BASE), i],
  ])
  await insert('history_days', days)
  const sessions = market.sessions.map((each) => [
    ...[each.calendar, each.tradeDate, each.session, at(each.starts), at(each.ends)],
  ])
  await insert('market_sessions', sessions)
  const symbols = market.symbols.map((each) => [
    ...[each.symbol, each.calendar, each.hasHours, at(each.firstBar), at(each.expectedFrom), at(each.expectedUntil)],
    at(each.fillableFrom),
  ])
  await insert('symbol_calendars', symbols)
  const { query } = gapsView({ barIntervalMs })
  const reader = await connection.runAndReadAll(
    `SELECT symbol, trade_date::VARCHAR, epoch_ms(starts), epoch_ms(ends), reason, backfill, minutes, session
     FROM (${query}) ORDER BY symbol, starts, trade_date, ends`,
  )
  return reader.getRows().map(([symbol, tradeDate, starts, ends, reason, backfill, minutes, session]) => {
    expect(Number(minutes) * MINUTE).toBe(Number(ends) - Number(starts))
    expect(session).toBe('regular')
    return { symbol, tradeDate, starts: Number(starts), ends: Number(ends), reason, backfill } as OracleGap
  })
}

const SYMBOLS = ['A', 'B', 'C'] as const
const CALENDARS = ['ONE', 'TWO', 'ZONE'] as const

/** Minutes around the midnight after BASE, so that spans cross UTC dates. */
const minute = fc.integer({ min: 0, max: 90 }).map((n) => BASE + DAY + (n - 45) * MINUTE)
const symbol = fc.constantFrom(...SYMBOLS)
const bars = fc.array(fc.record({ symbol, start: minute }), { maxLength: 120 })

/** Sessions one after the other, some regular and some not, over up to three trade dates. */
const sessionsOf = (calendar: string) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 25 }), fc.boolean()), { maxLength: 6 })
    .map((parts) => {
      let time = BASE + DAY - 45 * MINUTE
      return parts.map(([pause, length, isRegular], i) => {
        const starts = time + pause * MINUTE
        time = starts + length * MINUTE
        const tradeDate = new Date(BASE + Math.floor(i / 2) * DAY).toISOString().slice(0, 10)
        return { calendar, tradeDate, session: isRegular ? 'regular' : 'pre', starts, ends: time }
      })
    })

const optionalMinute = fc.option(minute)

const market: fc.Arbitrary<OracleMarket> = fc.record({
  bars,
  history: bars,
  sessions: fc.tuple(sessionsOf('ONE'), sessionsOf('TWO')).map((lists) => lists.flat()),
  symbols: fc.tuple(
    ...SYMBOLS.map((name, i) =>
      fc.record({
        symbol: fc.constant(name),
        calendar: fc.constant(CALENDARS[i] as string),
        hasHours: fc.constant(CALENDARS[i] !== 'ZONE'),
        firstBar: minute,
        expectedFrom: minute,
        expectedUntil: minute.map((time) => time + 20_000),
        fillableFrom: fc.option(minute.map((time) => time + 30_000)),
      }),
    ),
  ),
  days: fc.uniqueArray(
    fc.record({
      symbol,
      tradeDate: fc.constantFrom('2026-03-07', '2026-03-08', '2026-03-09'),
      state: fc.constantFrom('complete', 'partial', 'none', 'no_session'),
      coveredFrom: optionalMinute,
      coveredUntil: optionalMinute,
      regularStart: optionalMinute,
      regularEnd: optionalMinute,
    }),
    { maxLength: 6, selector: ({ symbol, tradeDate }) => `${symbol} ${tradeDate}` },
  ),
})

test('the view says of any market what the plain rule says', async () => {
  await fc.assert(
    fc.asyncProperty(market, async (given) => {
      expect(await viewed(given)).toEqual(gapsOf(given))
    }),
    { numRuns: 150 },
  )
}, 120_000)

test('over bars of five minutes, too', async () => {
  const five = (time: number) => Math.floor(time / (5 * MINUTE)) * 5 * MINUTE
  await fc.assert(
    fc.asyncProperty(market, async (given) => {
      const aligned = { ...given, bars: given.bars.map(({ symbol, start }) => ({ symbol, start: five(start) })) }
      expect(await viewed(aligned, 5 * MINUTE)).toEqual(gapsOf(aligned, 5 * MINUTE))
    }),
    { numRuns: 60 },
  )
}, 120_000)

describe('what is expected of a symbol without a bar', () => {
  const calendars = openCalendars({})

  /** The stretches of a symbol over some trade dates, as `trade date from - to`. */
  async function expectedOf(symbol: string, from: string, to: string): Promise<readonly string[]> {
    const dates = { from: parseTradeDate(from) as number, to: parseTradeDate(to) as number }
    const rows = await marketSessions({ calendars: async () => calendars, dates: async () => dates }).rows()
    const sessions = rows.map(([calendar, tradeDate, session, starts, ends]) => {
      const [start, end] = [Date.parse(starts as string), Date.parse(ends as string)]
      return { calendar, tradeDate, session, starts: start, ends: end } as OracleSession
    })
    const { name: calendar, hasHours } = calendars.of({ symbol, exchange: null, zone: null })
    const span = { firstBar: 0, expectedFrom: 0, expectedUntil: BASE + 400 * DAY, fillableFrom: 0 }
    const found = await viewed({
      symbols: [{ symbol, calendar, hasHours, ...span }],
      ...{ sessions, bars: [], history: [], days: [] },
    })
    const time = (instant: number) => new Date(instant).toISOString().slice(5, 16)
    return found.map(({ tradeDate, starts, ends }) => `${tradeDate}: ${time(starts)} - ${time(ends)}`)
  }

  test('follows the clock changes of its market', async () => {
    expect(await expectedOf('AAPL', '2026-03-06', '2026-03-09')).toEqual([
      '2026-03-06: 03-06T14:30 - 03-06T21:00',
      '2026-03-09: 03-09T13:30 - 03-09T20:00',
    ])
  })

  test('has half days and holidays', async () => {
    expect(await expectedOf('AAPL', '2026-11-25', '2026-11-29')).toEqual([
      '2026-11-25: 11-25T14:30 - 11-25T21:00',
      '2026-11-27: 11-27T14:30 - 11-27T18:00',
    ])
  })

  test('leaves out the lunch break', async () => {
    expect(await expectedOf('7203.T', '2026-11-27', '2026-11-28')).toEqual([
      '2026-11-27: 11-27T00:00 - 11-27T02:30',
      '2026-11-27: 11-27T03:30 - 11-27T06:30',
    ])
  })

  test('is every minute of a market that never closes', async () => {
    expect(await expectedOf('BTC-USD', '2026-11-28', '2026-11-29')).toEqual([
      '2026-11-28: 11-28T00:00 - 11-29T00:00',
      '2026-11-29: 11-29T00:00 - 11-30T00:00',
    ])
  })

  test('belongs to the trade date of the evening before, where a market opens then', async () => {
    const [first] = await expectedOf('EURUSD=X', '2026-11-27', '2026-11-27')
    expect(first).toBe('2026-11-27: 11-26T22:00 - 11-27T22:00')
  })
})
