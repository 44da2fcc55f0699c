// The SQL of a table's view.

import { expect, test } from 'vitest'
import { tableViewSql } from '#lake-sql/child/scan/table_view'
import { filesOf, type LocalTable } from '#lake-sql/local_table'

const table: LocalTable = {
  name: 'odd "table"',
  columns: [
    { name: "it's", type: 'VARCHAR' },
    { name: 'date', type: 'DATE' },
  ],
  partitionColumns: ['date'],
  content: [
    { partitionValues: { date: '2026-11-21' }, files: ["/lake/a'.parquet", '/lake/b.parquet'] },
    { partitionValues: { date: null }, files: ['/lake/c.parquet'] },
  ],
}

test('a partition is a scan with its values as typed constants; the files need not be opened for the columns', () => {
  expect(tableViewSql(table)).toEqual([
    `CREATE MACRO "__odd ""table""_schema"() AS MAP {'it''s': {name: 'it''s', type: 'VARCHAR', default_value: NULL}}`,
    `CREATE VIEW "odd ""table""" AS
SELECT "it's", CAST('2026-11-21' AS DATE) AS "date" FROM read_parquet(['/lake/a''.parquet','/lake/b.parquet'], \
schema = "__odd ""table""_schema"(), hive_partitioning = false, can_have_nan = true)
UNION ALL
SELECT "it's", CAST(NULL AS DATE) AS "date" FROM read_parquet(['/lake/c.parquet'], \
schema = "__odd ""table""_schema"(), hive_partitioning = false, can_have_nan = true)`,
  ])
  expect(filesOf(table)).toEqual(["/lake/a'.parquet", '/lake/b.parquet', '/lake/c.parquet'])
})

test('an empty table is typed, and one that is only listed cannot be read', () => {
  expect(tableViewSql({ ...table, content: [] })[0]).toMatch(/CAST\(NULL AS DATE\) AS "date" WHERE false$/)
  expect(tableViewSql({ ...table, content: 'listed' })[0]).toMatch(/WHERE error\('.*was not loaded'\)::BOOLEAN$/)
  expect(filesOf({ ...table, content: 'listed' })).toEqual([])
})
