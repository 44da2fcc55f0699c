// Parquet files in memory as DuckDB reads them.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { onTestFinished } from 'vitest'
import { newFolder, removeFolder } from '../temporary_folder.ts'

/** The rows of a file, or of a query that names it FILE. */
export async function rowsOfParquet(body: Uint8Array, query = 'SELECT * FROM FILE'): Promise<DuckDBValue[][]> {
  const folder = newFolder()
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  onTestFinished(() => instance.closeSync())
  try {
    const file = join(folder, 'written.parquet')
    writeFileSync(file, body)
    const connection = await instance.connect()
    return (await connection.runAndReadAll(query.replaceAll('FILE', `'${file}'`))).getRows()
  } finally {
    removeFolder(folder)
  }
}
