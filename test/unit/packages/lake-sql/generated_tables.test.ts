// Tables that have no files: queries read their rows like those of any other table, and they are made for nobody else.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lakeSource } from '#lake-sql/lake_source'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import type { GeneratedTable } from '#lake-sql/local_table'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { createSampleLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

const HOSTILE = `it's "quoted", {"json": 1}\n\u0001 and ☂`

/** A table, and how often its rows were made. */
function counted() {
  const made = { times: 0 }
  const table: GeneratedTable = {
    name: 'Days_Of',
    columns: [
      { name: 'symbol', type: 'VARCHAR' },
      { name: 'day', type: 'DATE' },
      { name: 'opened', type: 'TIMESTAMPTZ' },
      { name: 'open', type: 'BOOLEAN' },
    ],
    async rows() {
      made.times++
      return [
        ['AAPL', '2026-11-27', '2026-11-27T14:30:00.125Z', 'true'],
        [HOSTILE, null, null, 'false'],
      ]
    },
  }
  return { table, made }
}

async function rowsOf(sql: string, table: GeneratedTable): Promise<readonly ResultRow[]> {
  const folder = temporaryFolder()
  await createSampleLake(folder)
  const cache = { folder: '/nowhere', bytesMax: 0, clock: systemClock, newId: () => 'id' }
  const stocks = { name: 'stocks', store: openFilesystemStore({ root: join(folder, 'stocks') }) }
  const source = lakeSource({ url: folder, tables: [stocks], generated: [table], at: { kind: 'newest' }, cache })
  const query = await startQuery({ sql, source, views: [], limits: SQL_LIMITS_DEFAULT })
  const rows: ResultRow[] = []
  for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
    if (event.kind === 'rows') rows.push(...event.rows)
  }
  await query.close()
  return rows
}

test('their rows have the types of their columns, whatever is in them', async () => {
  const { table } = counted()
  expect(await rowsOf('SELECT * FROM days_of WHERE NOT open', table)).toEqual([[HOSTILE, null, null, 'false']])
  expect(
    await rowsOf(
      `SELECT day + 1, opened + INTERVAL '1 millisecond' FROM Days_Of WHERE open AND symbol = 'AAPL'`,
      table,
    ),
  ).toEqual([['2026-11-28', '2026-11-27T14:30:00.126Z']])
})

test('they can be joined with tables that have files', async () => {
  const { table, made } = counted()
  expect(await rowsOf('SELECT count(*) FROM stocks JOIN days_of USING (symbol)', table)).toEqual([['200']])
  expect(made.times).toBe(1)
})

test('they are made only for a query that reads them', async () => {
  const { table, made } = counted()
  expect(await rowsOf('SELECT count(*) FROM stocks', table)).toEqual([['400']])
  expect(await rowsOf('SHOW TABLES', table)).toEqual([['Days_Of'], ['stocks']])
  expect(made.times).toBe(0)
})
