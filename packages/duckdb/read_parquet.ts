// The SQL that reads Parquet files of a Delta table. The columns are given, not found: a file written before a column
// was added reads as NULL there, and thousands of files need not be opened to know their schema.

import { quoteText } from '#duckdb/quoting'

/** A column of a scan. */
export interface ScanColumn {
  /** What DuckDB finds the column by in a file, as SQL: its name there as text, or its field id. */
  readonly key: string
  /** What the scan calls it. */
  readonly name: string
  /** DuckDB's name of the type. */
  readonly type: string
}

/**
 * A path that happens to look like Hive's must not override a column of the file. Many writers leave NaN out of their
 * Parquet statistics, and DuckDB must not skip row groups by those.
 */
const SCAN_OPTIONS = 'hive_partitioning = false, can_have_nan = true'

/** A scan of files; `schema` is SQL that gives what scanSchemaSql does. */
export function readParquetSql(files: readonly string[], schema: string): string {
  return `read_parquet(${fileListSql(files)}, schema = ${schema}, ${SCAN_OPTIONS})`
}

/** The columns of a scan as a value of SQL. */
export function scanSchemaSql(columns: readonly ScanColumn[]): string {
  return `MAP {${columns.map(columnSql).join(', ')}}`
}

/** Paths as a list of texts. */
export function fileListSql(files: readonly string[]): string {
  return `[${files.map(quoteText).join(',')}]`
}

function columnSql({ key, name, type }: ScanColumn): string {
  return `${key}: {name: ${quoteText(name)}, type: ${quoteText(type)}, default_value: NULL}`
}
