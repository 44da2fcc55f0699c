// Makes a table readable under its name in a DuckDB: a view over its files, without the rows that are deleted, or over
// the rows that were generated for it.

import type { DuckDBConnection } from '@duckdb/node-api'
import { notAsLogged } from '#delta/data_file/path'
import { loadDeletions } from '#lake-sql/child/scan/deleted_rows'
import { readLayouts } from '#lake-sql/child/scan/file_layouts'
import { createGeneratedTable } from '#lake-sql/child/scan/generated_rows'
import { tableViewSql } from '#lake-sql/child/scan/table_view'
import type { LocalTable } from '#lake-sql/local_table'

/** Makes the view. Throws TABLE_CORRUPT when a file is not there or not what the table says. */
export async function createTableView(connection: DuckDBConnection, table: LocalTable): Promise<void> {
  if (table.rows !== undefined) return createGeneratedTable(connection, table, table.rows)
  try {
    await loadDeletions(connection, table)
    const layouts = await readLayouts(connection, table)
    for (const statement of tableViewSql(table, layouts)) await connection.run(statement)
  } catch (cause) {
    const missing = /No files found that match the pattern "(.*)"/.exec(String(cause))?.[1]
    if (missing === undefined) throw cause
    throw notAsLogged(table.name, { path: missing })
  }
}
