// DuckDB as every query gets it: in memory, without extensions, secrets or a home of its own, within the limits.

import { DuckDBInstance } from '@duckdb/node-api'
import { SQL_TEMP_BYTES_MAX, type SqlLimits } from '#lake-sql/limits'

/** What a DuckDB may take. */
export interface DuckdbOptions {
  readonly limits: SqlLimits
  readonly tempFolder: string
  readonly threads: number
}

/** Opens one that can still be given files; whoever opens it locks it. */
export function openDuckdb({ limits, tempFolder, threads }: DuckdbOptions): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${limits.memoryBytes}B`,
    temp_directory: tempFolder,
    max_temp_directory_size: `${SQL_TEMP_BYTES_MAX}B`,
    home_directory: tempFolder,
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  })
}

/** What a session begins with: times without a zone are UTC. */
export const SESSION_SQL = "SET TimeZone = 'UTC'"
