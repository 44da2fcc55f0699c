// Tables of bars and of history in a DuckDB of the test's own, filled by hand.

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { HistoryBar } from '#market/history/history_bar'
import type { TopicBar } from '#services/web/live/seam'

/** A bar of history as its table has it; whatever is not said means nothing. */
export type HistoryRow = Pick<HistoryBar, 'grain' | 'windowStart' | 'windowEnd' | 'tradeDate'> &
  Partial<Omit<HistoryBar, 'symbol'>>

export const SYMBOL = `O'Hara"<b>`
const SYMBOL_SQL = `'${SYMBOL.replaceAll("'", "''")}'`

/** The two tables, empty. */
export async function openTables() {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run(`CREATE TABLE bars_1m (symbol VARCHAR, window_start TIMESTAMPTZ, window_end TIMESTAMPTZ,
    open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, average DOUBLE, vwap DOUBLE, volume DOUBLE, "count" BIGINT,
    revision INTEGER, complete BOOLEAN, source_offset BIGINT, trade_date DATE, session VARCHAR, date DATE,
    volume_since TIMESTAMPTZ)`)
  await connection.run(`CREATE TABLE history_bars (symbol VARCHAR, grain VARCHAR, window_start TIMESTAMPTZ,
    window_end TIMESTAMPTZ, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, trade_date DATE,
    session VARCHAR, is_final BOOLEAN, fetched_at TIMESTAMPTZ, source_offset BIGINT, date DATE)`)
  return {
    connection,
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** The table has those bars, and no others. */
export async function fillBars(connection: DuckDBConnection, bars: readonly TopicBar[]): Promise<void> {
  await connection.run('DELETE FROM bars_1m')
  if (bars.length === 0) return
  const rows = bars.map((bar, i) => {
    const numbers = [bar.open, bar.high, bar.low, bar.close, bar.average, bar.vwap, bar.volume, bar.count, bar.revision]
    const values = numbers.map((value) => (value === null ? 'NULL' : `'${value}'`)).join(', ')
    const instants = [bar.windowStart, bar.windowEnd].map(instant).join(', ')
    const date = `DATE '${new Date(bar.windowStart).toISOString().slice(0, 10)}'`
    const since = bar.volumeSince === null || bar.volumeSince === undefined ? 'NULL' : instant(bar.volumeSince)
    const rest = [text(bar.tradeDate), text(bar.session), date, since].join(', ')
    return `(${SYMBOL_SQL}, ${instants}, ${values}, ${bar.complete}, ${i}, ${rest})`
  })
  await connection.run(`INSERT INTO bars_1m VALUES ${rows.join(', ')}`)
}

/** The table of history has those rows, fetched one after the other. */
export async function fillHistory(connection: DuckDBConnection, history: readonly HistoryRow[]): Promise<void> {
  await connection.run('DELETE FROM history_bars')
  if (history.length === 0) return
  const rows = history.map((bar, i) => {
    const { open = 1, high = 2, low = 1, close = 2, volume = null, session = 'regular', isFinal = true } = bar
    const prices = [open, high, low, close, volume].map((value) => (value === null ? 'NULL' : `'${value}'`))
    const instants = [bar.windowStart, bar.windowEnd].map(instant).join(', ')
    const date = `DATE '${new Date(bar.windowStart).toISOString().slice(0, 10)}'`
    const rest = `${text(bar.tradeDate)}, ${text(session)}, ${isFinal}, ${instant(bar.fetchedAt ?? i)}, ${i}, ${date}`
    return `(${SYMBOL_SQL}, ${text(bar.grain)}, ${instants}, ${prices.join(', ')}, ${rest})`
  })
  await connection.run(`INSERT INTO history_bars VALUES ${rows.join(', ')}`)
}

function instant(time: number): string {
  return `make_timestamptz(${time * 1000})`
}

function text(value: string | null): string {
  return value === null ? 'NULL' : `'${value}'`
}
