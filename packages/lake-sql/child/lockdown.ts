// Locks a DuckDB before it runs untrusted SQL: no files but those named, no network, no settings to change. What it may
// run at all is judged before: see allowed_sql.ts.

import type { DuckDBConnection } from '@duckdb/node-api'
import { fileListSql } from '#duckdb/read_parquet'

/** Locks the DuckDB of the connection, for good. Only the files can be opened afterwards. */
export async function lockDown(connection: DuckDBConnection, files: readonly string[]): Promise<void> {
  await connection.run(`SET allowed_paths = ${fileListSql(files)}`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}
