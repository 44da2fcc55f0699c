// Writing Parquet by DuckDB. What flushes write (packages/parquet-bytes) has the same schema, zstd and DataPageV1, as
// Delta recommends for tables that other engines read: a table's files are physically the same whoever wrote them.

import { readFile, rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { FileStatistics } from '#delta/data_file/statistics'
import { fileStatistics } from '#duckdb/file_statistics'
import { quoteText } from '#duckdb/quoting'
import { messageOf, PlatformError } from '#runtime/errors'

/** Rows in a row group of a data file: what the Parquet writer holds at a time; its default takes 100 MB more. */
const ROW_GROUP_ROWS = 51_200

/** What to write, and the local file to write it to, which is gone afterwards. */
export interface ParquetCopy {
  /** A SELECT. */
  readonly rows: string
  readonly file: string
  /** For messages. */
  readonly table: string
}

/** A Parquet file's bytes, and what DuckDB says of it. */
export interface ParquetFile {
  readonly body: Uint8Array
  readonly statistics: FileStatistics
}

const DATA_FILE_OPTIONS = ['PARQUET_VERSION v1', `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`, 'RETURN_STATS']

/** The statement that writes the rows of a SELECT as one Parquet file. */
export function parquetCopySql(
  rows: string,
  to: { readonly file: string; readonly options: readonly string[] },
): string {
  const options = ['FORMAT parquet', 'COMPRESSION zstd', ...to.options].join(', ')
  return `COPY (${rows}) TO ${quoteText(to.file)} (${options})`
}

/** Writes the rows as one Parquet file; null when there are none. Throws STORE_FULL or STORE_FAILED. */
export async function copyToParquet(connection: DuckDBConnection, copy: ParquetCopy): Promise<ParquetFile | null> {
  const { rows, file, table } = copy
  try {
    const result = await connection.runAndReadAll(parquetCopySql(rows, { file, options: DATA_FILE_OPTIONS }))
    const statistics = fileStatistics(result.getRowObjectsJson()[0] ?? {})
    const body = statistics.numRecords === 0 ? null : await readFile(file)
    await rm(file, { force: true })
    return body === null ? null : { body, statistics }
  } catch (cause) {
    throw copyFailed(table, file, cause)
  }
}

function copyFailed(table: string, file: string, cause: unknown): Error {
  const message = messageOf(cause)
  const fields = { table, file }
  if (/no space left|ENOSPC/i.test(message)) {
    const text = `no space left for the writer's temporary file ${file}; free some and start again, nothing is lost`
    return new PlatformError('STORE_FULL', text, { cause, fields })
  }
  return new PlatformError('STORE_FAILED', `DuckDB could not write ${file}: ${message}`, { cause, fields })
}
