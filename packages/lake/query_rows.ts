// Queries of our own over tables of the lake, with their rows as values: what commands ask, not what users type.

import type { QueryContext } from '#lake/query_context'
import { cacheOptions, sqlConfig } from '#lake/query_settings'
import { lakeSource, type NamedTable, type PointInTime } from '#lake-sql/lake_source'
import type { GeneratedTable } from '#lake-sql/local_table'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'

/** Statements over tables that the caller names, each at its newest version or at the snapshot it is given with. */
export interface TablesQuery {
  /** Where the tables are, for people. */
  readonly lake: string
  readonly tables: readonly NamedTable[]
  /** Those beside them that have no files. */
  readonly generated?: readonly GeneratedTable[]
  /** The newest unless said otherwise. */
  readonly at?: PointInTime
  readonly statements: readonly string[]
}

/** Runs the statements in one process; hands over every row with the index of its statement. */
export async function queryTables(
  context: QueryContext,
  { lake, tables, generated = [], at = { kind: 'newest' }, statements }: TablesQuery,
  take: (row: ResultRow, statement: number) => void,
): Promise<void> {
  const { limits } = sqlConfig(context)
  const source = lakeSource({ url: lake, tables, generated, at, cache: cacheOptions(context) })
  const sql = statements.join(';\n')
  const query = await startQuery({ sql, source, views: [], limits, signal: context.signal })
  try {
    let statement = 0
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'rows') for (const row of event.rows) take(row, statement)
      if (event.kind === 'done') statement++
    }
  } finally {
    await query.close()
  }
}
