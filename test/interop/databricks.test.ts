// The SQL and the notebook of infra/databricks on a Spark with Delta, over a lake that the platform wrote: every
// statement but the catalog's own, and of every view the same columns, types and rows as ours.

import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { sparkDialect } from './dialect.ts'
import { describeWithEngines } from './engines.ts'
import { snapshotAt } from './lake.ts'
import {
  type Column,
  ourColumns,
  ourRows,
  ourViews,
  ROOT,
  rowsQuery,
  sparkColumn,
  statementsOf,
  viewsIn,
  viewsOfLake,
} from './lake_sql.ts'
import { AFTER_SILENCE, landTradedLake, VOLUMES_OF_HISTORY } from './traded_lake.ts'
import { expectSameView } from './view_agreement.ts'

/** What a Spark without Unity Catalog does not know. */
const OF_THE_CATALOG = /^(USE CATALOG|MSCK REPAIR TABLE \w+ SYNC METADATA$)/

/** Views of ours that are made by code, of what the calendars say. */
const ONLY_OURS = ['gaps', 'market_sessions', 'symbol_calendars']

/** A zone that is no whole hour from UTC: nothing may depend on the session's. */
const SESSION_ZONE = 'Asia/Kathmandu'

/** What makes of bars such as were written before they knew their trading day. */
const BEFORE_TRADE_DATES = {
  symbol: "concat('OLD-', symbol)",
  trade_date: 'CAST(NULL AS DATE)',
  session: 'CAST(NULL AS STRING)',
}

/** Symbols whose rows are there twice, and how far on the second ones' offsets are: they are what decides then. */
const TIES = { ZZZ: 1_000_000, 'BTC-USD': -1_000_000 }

describeWithEngines('the SQL for Databricks', (engines) => {
  const folder = newFolder()
  const lake = join(folder, 'lake', 'bronze')
  afterAll(() => removeFolder(folder))

  let made: Promise<void> | undefined
  /** The lake, with tables and views: whichever test comes first makes it. */
  const isMade = () => {
    made ??= makeLake()
    return made
  }

  async function makeLake(): Promise<void> {
    await landTradedLake(folder, 700)
    const { run } = engines().spark
    for (const statement of ['CREATE SCHEMA lake', `SET TIME ZONE '${SESSION_ZONE}'`]) await run(statement)
    await runFile('databricks/tables.sql')
    await rowsAgain('bars_1m', "symbol IN ('7203.T', 'ES=F')", BEFORE_TRADE_DATES)
    for (const [symbol, move] of Object.entries(TIES)) {
      const again = { source_offset: `source_offset + ${move}` }
      await rowsAgain('bars_1m', `symbol = '${symbol}'`, { ...again, close: 'close * 2' })
      await rowsAgain('stocks', `symbol = '${symbol}'`, { ...again, price: 'price * 2' })
    }
    await runFile('databricks/views.sql')
  }

  async function runFile(file: string): Promise<void> {
    for (const statement of statementsOf(file, lake)) {
      if (!OF_THE_CATALOG.test(statement)) await engines().spark.run(statement)
    }
  }

  /** Puts rows of a table into it once more, with other values in some columns. */
  async function rowsAgain(table: string, where: string, values: Readonly<Record<string, string>>): Promise<void> {
    const columns = (await sparkColumns(table)).map(({ name }) => values[name] ?? name)
    await engines().spark.run(`INSERT INTO ${table} SELECT ${columns.join()} FROM ${table} WHERE ${where}`)
  }

  async function sparkColumns(view: string): Promise<readonly Column[]> {
    const described = await engines().spark.rows(`DESCRIBE TABLE ${view}`)
    const end = described.findIndex(([name]) => String(name).startsWith('#'))
    return described.slice(0, end < 0 ? undefined : end).map(sparkColumn)
  }

  test('has every view that we have, and every table', async () => {
    await isMade()
    const views = viewsIn(statementsOf('databricks/views.sql', lake))
    expect([...views, ...ONLY_OURS].sort()).toEqual([...(await viewsOfLake(lake))].sort())
    const tables = await engines().spark.rows("SHOW TABLES IN lake LIKE '*'")
    const names = tables.map(([, name]) => name)
    expect(names).toEqual(expect.arrayContaining(['stocks', 'history_days', 'corporate_actions', ...views]))
  })

  test('gives the columns, types and rows of every view of ours', async () => {
    await isMade()
    const names = viewsIn(statementsOf('databricks/views.sql', lake))
    const columns = await ourColumns(lake, names)
    const views = names.map((name, i) => ({ name, columns: columns[i] as readonly Column[] }))
    const ours = await ourViews(lake, views)
    expect(await ourRows(lake, [VOLUMES_OF_HISTORY])).toEqual([[AFTER_SILENCE]])
    for (const [i, { name, columns }] of views.entries()) {
      expect(await sparkColumns(name), name).toEqual(columns)
      const theirs = await engines().spark.rows(rowsQuery(name, columns, sparkDialect))
      expect(theirs.length, name).toBeGreaterThan(0)
      expectSameView({ name, columns }, ours[i] ?? [], theirs)
    }
  })

  test('reads the files of a date alone, when a view is asked for one', async () => {
    await isMade()
    const filesOf = async (table: string) => {
      const { files } = await snapshotAt(join(lake, table))
      return [...files.values()].filter(({ partitionValues }) => partitionValues.date === '2026-11-24').length
    }
    const [live, history] = [await filesOf('bars_1m'), await filesOf('history_bars')]
    const expected = { bars: live, bars_regular: live, history, bars_all: live + history }
    for (const [view, files] of Object.entries(expected)) {
      const query = `SELECT * FROM ${view} WHERE date = DATE '2026-11-24'`
      expect(await engines().spark.filesRead(join(lake, 'bars_1m'), query), view).toBe(files)
    }
    expect((await snapshotAt(join(lake, 'bars_1m'))).files.size).toBeGreaterThan(live)
  })

  test('has a notebook that charts the bars and alerts of the newest trading day', async () => {
    await isMade()
    const { displayed, charts } = await engines().spark.notebook(join(ROOT, 'infra/databricks/notebook.py'), 'lake')
    const day = "symbol = 'AAPL' AND trade_date = DATE '2026-11-25'"
    const queries = [
      `SELECT count(*) FROM bars WHERE ${day}`,
      ...['up', 'down'].map((way) => `SELECT count(*) FROM alerts WHERE ${day} AND direction = '${way}'`),
    ]
    const counts = (await ourRows(lake, queries)).map((rows) => Number(rows[0]?.[0]))
    expect(Math.min(...counts)).toBeGreaterThan(0)
    const [drawn = 0, up = 0, down = 0] = counts
    const title = `AAPL, trading day 2026-11-25: ${drawn} bars, ${up + down} alerts`
    expect(charts).toMatchObject([{ title, points: [drawn], marks: [up, down] }, { bars: drawn }])
    expect(displayed.map((rows) => Object.keys(rows[0] ?? {})[0])).toEqual(['table_name', 'symbol', 'version'])
  })

  test('shows a new column of a table once the views are made again', async () => {
    await isMade()
    await engines().spark.run('ALTER TABLE bars_1m ADD COLUMN note STRING')
    const isKnown = async () => (await sparkColumns('bars')).some(({ name }) => name === 'note')
    expect(await isKnown()).toBe(false)
    await runFile('databricks/after_schema_change.sql')
    await runFile('databricks/views.sql')
    expect(await isKnown()).toBe(true)
  })
})
