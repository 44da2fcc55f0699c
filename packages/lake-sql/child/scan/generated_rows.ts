// Rows that were generated for a query, as a table of their own inside the child. They come as one JSON text, which
// DuckDB takes in faster than a list of VALUES, and each cell is cast to the type of its column.

import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName } from '#duckdb/quoting'
import type { GeneratedRow, TableShape } from '#lake-sql/local_table'

/** Apart from the tables, as a view has no hidden columns (rowid) and lists of tables should have each name once. */
const SCHEMA = 'generated_rows'

/** Makes the table and the view under its name. */
export async function createGeneratedTable(
  connection: DuckDBConnection,
  { name, columns }: TableShape,
  rows: readonly GeneratedRow[],
): Promise<void> {
  const stored = `${SCHEMA}.${quoteName(name)}`
  const cells = columns.map((column, i) => `CAST(row[${i + 1}] AS ${column.type}) AS ${quoteName(column.name)}`)
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
  await connection.run(
    `CREATE TABLE ${stored} AS SELECT ${cells.join(', ')}
     FROM (SELECT unnest(from_json($1::JSON, '[["VARCHAR"]]')) AS row)`,
    [JSON.stringify(rows)],
  )
  await connection.run(`CREATE VIEW ${quoteName(name)} AS FROM ${stored}`)
}
