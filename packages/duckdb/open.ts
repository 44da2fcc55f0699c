// Opens DuckDB the same way for everything here: in memory, without extensions, secrets or a home folder of its own,
// within limits that the caller names. Every connection works in UTC.

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** What a DuckDB may take. */
export interface DuckdbOptions {
  /** Beyond it, operators that can go to temporary files. */
  readonly memoryBytes: number
  readonly threads: number
  /** Where its temporary files are. */
  readonly tempFolder: string
  /** How large they may grow; without it, DuckDB leaves a tenth of the disk free. */
  readonly tempBytesMax?: number
}

/** Opens a DuckDB that can read and write files; whoever runs the SQL of others locks it first. */
export function openDuckdb({ memoryBytes, threads, tempFolder, tempBytesMax }: DuckdbOptions): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryBytes}B`,
    temp_directory: tempFolder,
    ...(tempBytesMax === undefined ? {} : { max_temp_directory_size: `${tempBytesMax}B` }),
    home_directory: tempFolder,
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  })
}

/** Opens a connection. Times without a zone are UTC in it. */
export async function connectDuckdb(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return connection
}
