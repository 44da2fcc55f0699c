// The SQL of infra/engines/clickhouse.sql on ClickHouse, over a lake that the platform wrote: every statement is run,
// and every view has the columns and rows of ours.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'
import { clickhouseDialect, type Row } from './dialect.ts'
import { ourColumns, ourRows, ourViews, rowsQuery, statementsOf, viewsIn, viewsOfLake } from './lake_sql.ts'
import { describeWithReaders } from './readers.ts'
import { AFTER_SILENCE, landTradedLake, VOLUMES_OF_HISTORY } from './traded_lake.ts'
import { expectSameView } from './view_agreement.ts'

/** Views that are left to us: what code makes of calendars, and indicators. */
const ONLY_OURS = [
  'gaps',
  'market_sessions',
  'symbol_calendars',
  'bollinger_bands',
  'moving_averages',
  'returns',
  'rsi',
]

describeWithReaders('the SQL for ClickHouse', (readers) => {
  test('gives the columns and rows of our views', async () => {
    const folder = temporaryFolder()
    const lake = join(folder, 'lake', 'bronze')
    await landTradedLake(folder, 700)
    const rowsOf = async (sql: string) => (await readers().ask('run', { sql })) as Row[]
    const statements = statementsOf('engines/clickhouse.sql', lake)
    for (const statement of statements) await rowsOf(statement)

    const names = viewsIn(statements)
    expect([...names, ...ONLY_OURS].sort()).toEqual([...(await viewsOfLake(lake))].sort())
    const columns = await ourColumns(lake, names)
    const views = names.map((name, i) => ({ name, columns: columns[i] ?? [] }))
    const ours = await ourViews(lake, views)
    expect(await ourRows(lake, [VOLUMES_OF_HISTORY])).toEqual([[AFTER_SILENCE]])
    for (const [i, view] of views.entries()) {
      const described = await rowsOf(`DESCRIBE lake.${view.name}`)
      expect(
        described.map(([name]) => name),
        view.name,
      ).toEqual(view.columns.map(({ name }) => name))
      const theirs = await rowsOf(rowsQuery(`lake.${view.name}`, view.columns, clickhouseDialect))
      expect(theirs.length, view.name).toBeGreaterThan(0)
      expectSameView(view, ours[i] ?? [], theirs)
    }
    const asElsewhere = 'SELECT count() FROM lake.bars_adjusted SETTINGS join_use_nulls = 1'
    expect(Number((await rowsOf(asElsewhere))[0]?.[0])).toBe(ours[names.indexOf('bars_adjusted')]?.length)
  })
})
