// What is read off DuckDB's plans: the conditions of each place that reads a table, of our views above all; and that
// nothing gets into a plan that is another value when the statement runs.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { duckdbType } from '#duckdb/types'
import { schemaOf, TABLES } from '#lake/tables'
import { parseViews } from '#lake/views'
import { OPTIMIZERS, openPlanner, type PlanOptions, scansOf, UNSTABLE_FUNCTIONS } from '#lake-sql/child/plan_statements'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import type { Condition } from '#lake-sql/pruning/condition'
import { temporaryFolder } from '#support/temporary_folder'

const tables = TABLES.map((spec) => {
  const columns = schemaOf(spec).fields.map(({ name, type }) => ({ name, type: String(duckdbType(type as string)) }))
  return { name: spec.name, columns }
})
const views = parseViews(readFileSync(new URL('../../../../../sql/views.sql', import.meta.url), 'utf8'))
const NOW = '2026-11-21 15:30:00.123456+00'

async function planned(options: PlanOptions) {
  return scansOf(await openPlanner({ limits: SQL_LIMITS_DEFAULT, tempFolder: temporaryFolder() }), options)
}

/** The scans of the tables that are read, as text. */
async function scans(...texts: string[]): Promise<Record<string, readonly string[]>> {
  const statements = texts.map((text) => ({ text, tables: ['stocks', 'bars_1m'] }))
  const found = Object.entries(await planned({ tables, views, statements, now: NOW })).filter(
    ([, all]) => all.length > 0,
  )
  return Object.fromEntries(found.map(([name, all]) => [name, all.map((scan) => sorted(scan.map(textOf).join('; ')))]))
}

function sorted(conditions: string): string {
  return conditions.split('; ').sort().join('; ')
}

function textOf(condition: Condition): string {
  if (condition.kind !== 'compare')
    return condition.conditions.map(textOf).join(condition.kind === 'all' ? '; ' : ' | ')
  const { column, comparison, constant } = condition
  const isInstant = constant.type.startsWith('TIMESTAMP')
  return `${column} ${comparison} ${isInstant ? new Date(Number(constant.value) / 1000).toISOString() : constant.value}`
}

const WHOLE = ['']

describe('through our views', () => {
  test.each([
    ["FROM bars WHERE symbol = 'A' AND close > 3", 'symbol = A'],
    ["FROM bars WHERE date = '2026-11-21'", 'date = 20778'],
    [
      "FROM bars WHERE window_start BETWEEN '2026-11-21' AND '2026-11-22'",
      'window_start <= 2026-11-22T00:00:00.000Z; window_start >= 2026-11-21T00:00:00.000Z',
    ],
    ["FROM bars WHERE revision = 0 OR symbol = 'A'", ''],
    ["FROM bars WHERE complete AND (symbol = 'A' OR symbol = 'B')", 'symbol = A | symbol = B'],
    [
      "FROM bars_5m WHERE symbol = 'A' AND window_start >= '2026-11-21 10:00'",
      'symbol = A; window_start >= 2026-11-21T10:00:00.000Z',
    ],
    ["FROM bars_5m WHERE window_start <= '2026-11-21 10:00'", 'window_start < 2026-11-21T10:05:00.000Z'],
    ["FROM bars_5m WHERE window_start < '2026-11-21 10:00'", 'window_start < 2026-11-21T10:05:00.000Z'],
    [
      "FROM bars_1h WHERE window_start = '2026-11-21 10:00'",
      'window_start >= 2026-11-21T10:00:00.000Z; window_start < 2026-11-21T11:00:00.000Z',
    ],
    [
      "FROM bars_1h WHERE window_start::DATE = '2026-11-21'",
      'window_start >= 2026-11-21T00:00:00.000Z; window_start < 2026-11-22T01:00:00.000Z',
    ],
    ["FROM bars_1h WHERE window_end > '2026-11-21'", ''],
    ['FROM bars_1h WHERE high > 3 AND bars = 60', ''],
    ["FROM bars_1d WHERE symbol = 'A' AND trade_date = '2026-11-21'", 'symbol = A'],
    [
      "FROM bars_regular WHERE symbol = 'A' AND window_start > '2026-11-21'",
      'symbol = A; window_start > 2026-11-21T00:00:00.000Z',
    ],
    ["FROM bars_1d_regular WHERE symbol = 'A' AND trade_date = '2026-11-21'", 'symbol = A'],
    ["FROM bars_1m WHERE coalesce(trade_date, date) >= '2026-11-21'", 'trade_date >= 20778 | date >= 20778'],
    ["FROM moving_averages WHERE symbol = 'A' AND window_start > '2026-11-21'", 'symbol = A'],
    ["FROM returns WHERE symbol = 'A' AND simple_return > 0", 'symbol = A'],
    ["FROM rsi WHERE symbol = 'A' AND rsi14 > 70", 'symbol = A'],
    ["FROM bollinger_bands WHERE symbol = 'A'", 'symbol = A'],
  ])('%s', async (query, scan) => {
    expect(await scans(query)).toEqual({ bars_1m: [sorted(scan)] })
  })

  test.each([
    ["FROM latest_quotes WHERE symbol = 'A' AND price > 3", 'symbol = A'],
    ["FROM latest_quotes WHERE event_time > '2026-11-21'", ''],
    ["FROM freshness WHERE table_name = 'stocks'", ''],
  ])('%s', async (query, scan) => {
    expect(await scans(query)).toEqual({ stocks: [scan] })
  })

  test.each([
    ["symbol = 'A' AND date = '2026-11-21'", 'symbol = A; date = 20778'],
    [
      "symbol = 'A' AND window_start >= '2026-11-21' AND window_start < '2026-11-22'",
      'symbol = A; window_start >= 2026-11-21T00:00:00.000Z; window_start < 2026-11-22T00:00:00.000Z',
    ],
    ["symbol = 'A' AND trade_date = '2026-11-21' AND origin = 'history'", 'symbol = A'],
    ["symbol = 'A' AND volume > 5 AND vwap IS NULL", 'symbol = A'],
  ])('FROM bars_all and bars_adjusted WHERE %s, in both tables', async (where, scan) => {
    const history = sorted(`${scan}; grain = 1m`)
    expect(await scans(`FROM bars_all WHERE ${where}`)).toEqual({ bars_1m: [sorted(scan)], history_bars: [history] })
    expect(await scans(`FROM bars_adjusted WHERE ${where}`)).toEqual({
      bars_1m: [sorted(scan)],
      history_bars: [history],
      corporate_actions: [sorted('symbol = A; kind = split; ratio > 0')],
    })
  })

  test("FROM history WHERE grain = '1d'", async () => {
    const query = "FROM history WHERE symbol = 'A' AND grain = '1d' AND date > '2026-11-21'"
    expect(await scans(query)).toEqual({ history_bars: [sorted('symbol = A; grain = 1d; date > 20778')] })
  })

  test('FROM dead_letters_text', async () => {
    const query = "FROM dead_letters_text WHERE date = '2026-11-21' AND value LIKE '%x'"
    expect(await scans(query)).toEqual({ dead_letters: ['date = 20778'] })
  })
})

describe('in queries of several tables', () => {
  test.each<[string, Record<string, readonly string[]>]>([
    ["FROM stocks JOIN bars USING (symbol) WHERE symbol = 'A'", { stocks: ['symbol = A'], bars_1m: ['symbol = A'] }],
    [
      "FROM stocks s LEFT JOIN bars_1m b ON s.symbol = b.symbol AND b.date = '2026-11-21' WHERE s.price > 3",
      { stocks: ['price > 3'], bars_1m: ['date = 20778'] },
    ],
    [
      "FROM stocks s LEFT JOIN bars_1m b ON s.symbol = b.symbol AND s.date = '2026-11-21'",
      { stocks: WHOLE, bars_1m: WHOLE },
    ],
    ["FROM stocks s, bars_1m b WHERE s.symbol = 'A' OR b.symbol = 'A'", { stocks: WHOLE, bars_1m: WHOLE }],
    [
      "FROM stocks a JOIN stocks b USING (price) WHERE a.symbol = 'A' AND b.symbol = 'B'",
      { stocks: ['symbol = A', 'symbol = B'] },
    ],
    ["WITH stocks AS (FROM bars_1m) FROM stocks WHERE symbol = 'A'", { bars_1m: ['symbol = A'] }],
    ["WITH unused AS (FROM bars_1m) FROM stocks WHERE symbol = 'A'", { stocks: ['symbol = A'] }],
    [
      "FROM alerts a WHERE EXISTS (FROM stocks s WHERE s.symbol = a.symbol AND s.date = '2026-11-21')",
      { alerts: WHOLE, stocks: ['date = 20778'] },
    ],
    ["FROM stocks s ASOF JOIN bars_1m b ON s.price >= b.close WHERE b.symbol = 'A'", { stocks: WHOLE, bars_1m: WHOLE }],
  ])('%s', async (query, expected) => {
    expect(await scans(query)).toEqual(expected)
  })

  test('each statement has its scans', async () => {
    expect(await scans("FROM stocks WHERE symbol = 'A'", "EXPLAIN ANALYZE FROM stocks WHERE symbol LIKE 'B%'")).toEqual(
      {
        stocks: ['symbol = A', sorted('symbol >= B; symbol < C')],
      },
    )
  })

  test('a table whose rows do not matter is not read', async () => {
    expect(await scans('DESCRIBE stocks', 'SELECT 1 FROM stocks WHERE false')).toEqual({})
  })
})

describe('all of the tables that a statement names are read', () => {
  test.each([
    'FROM nowhere',
    'SELECT rowid FROM stocks WHERE rowid = 7',
    "FROM stocks WHERE price = 'NaN'",
    "FROM stocks WHERE symbol = current_setting('threads')",
    'FROM stocks WHERE event_time > system.now()',
    "FROM stocks WHERE event_time > '2026-11-21'::TIMESTAMP + age(TIMESTAMP '2026-11-20')",
  ])('%s', async (query) => {
    expect(await scans(query)).toEqual({ stocks: WHOLE, bars_1m: WHOLE })
  })
})

test('nothing is known of tables that DuckDB cannot make', async () => {
  const options = { views, now: NOW }
  const statements = [{ text: 'FROM pg_tables', tables: ['pg_tables'] }]
  expect(await planned({ ...options, statements, tables: [{ name: 'pg_tables', columns: [] }] })).toEqual({})
})

test('no file is read for a plan, though there were one', async () => {
  const file = join(temporaryFolder(), 'x.csv')
  writeFileSync(file, 'a\n1\n')
  expect(await scans(`FROM stocks, '${file}' WHERE symbol = 'A'`)).toEqual({ stocks: WHOLE, bars_1m: WHOLE })
})

test('now is when the statement runs', async () => {
  const query = 'FROM stocks WHERE event_time > now() - INTERVAL 1 hour AND date >= current_date - 1'
  expect(await scans(query)).toEqual({ stocks: ['date >= 20777; event_time > 2026-11-21T14:30:00.123Z'] })
  expect(await scans('FROM stocks WHERE event_time > ago(INTERVAL 1 hour) AND price > random()')).toEqual({
    stocks: ['event_time > 2026-11-21T14:30:00.123Z'],
  })
})

describe('what is said of DuckDB holds for this one', () => {
  const rows = async (sql: string) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    return (await connection.runAndReadAll(sql)).getRows().map(([value]) => String(value))
  }

  test('the optimizers are there', async () => {
    expect(await rows('SELECT name FROM duckdb_optimizers()')).toEqual(expect.arrayContaining([...OPTIMIZERS]))
  })

  test('every function that is stable within a query only is known', async () => {
    const query = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'CONSISTENT_WITHIN_QUERY'"
    const names = await rows(query)
    expect(names).toContain('now')
    expect(names.filter((name) => !UNSTABLE_FUNCTIONS.has(name))).toEqual([])
  })

  test('every function without arguments that gives another value elsewhere is known, or never folded', async () => {
    const query = `SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar'
      AND stability <> 'VOLATILE' AND regexp_full_match(function_name, '\\w+')`
    const values = async () => {
      const connection = await (await DuckDBInstance.create(':memory:')).connect()
      const found = new Map<string, string>()
      for (const name of await rows(query)) {
        const reader = await connection.runAndReadAll(`SELECT "${name}"()::VARCHAR`).catch(() => undefined)
        found.set(name, String(reader?.getRows()[0]?.[0]))
      }
      return found
    }
    const [here, elsewhere] = [await values(), await values()]
    const different = [...here.keys()].filter((name) => here.get(name) !== elsewhere.get(name))
    expect(different).toContain('now')
    expect(different.filter((name) => !UNSTABLE_FUNCTIONS.has(name))).toEqual([])
  })
})
