// A statement's result as a Parquet file, by DuckDB's own writer: streamed, with each value as it is. What Parquet has
// no exact type for is given one that says the same: 128-bit integers (every sum of integers) become DECIMAL(38,0),
// where DuckDB alone would round them to doubles; intervals and times with a zone become text.

import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import { parquetCopySql } from '#duckdb/parquet_copy'
import { castQuerySql, castType, type PreparedColumn } from '#lake-sql/child/cast_type'
import { uniqueNames } from '#lake-sql/result'
import { PlatformError } from '#runtime/errors'

/** The statement that writes the file. Throws SQL_FAILED for a type that no file can hold. */
export function resultFileSql(
  columns: readonly PreparedColumn[],
  { statement, path }: { readonly statement: string; readonly path: string },
): string {
  const names = uniqueNames(columns)
  const targets = columns.map(({ name, type }) => castType(type, (inner) => storedType(inner, name)))
  const query = castQuerySql(statement, { names, targets })
  return parquetCopySql(query, { file: path, options: ['USE_TMP_FILE false'] })
}

const REPLACED: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.HUGEINT, 'DECIMAL(38,0)'],
  [DuckDBTypeId.UHUGEINT, 'DECIMAL(38,0)'],
  [DuckDBTypeId.INTERVAL, 'VARCHAR'],
  [DuckDBTypeId.TIME_TZ, 'VARCHAR'],
])

function storedType({ typeId }: DuckDBType, column: string): string | undefined {
  if (typeId !== DuckDBTypeId.UNION) return REPLACED.get(typeId)
  const fact = `Parquet has no type for the column ${JSON.stringify(column)}, a UNION`
  throw new PlatformError('SQL_FAILED', `${fact}; cast it, or write .json`)
}
