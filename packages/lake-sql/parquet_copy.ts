// A statement's result as a Parquet file, by DuckDB's own writer: streamed, with each value as it is. What Parquet has no
// exact type for is given one that says the same: 128-bit integers (every sum of integers) become DECIMAL(38,0), where
// DuckDB alone would round them to doubles; intervals and times with a zone become text.

import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { quoteName, quoteText } from '#lake-sql/quote_sql'
import { uniqueNames } from '#lake-sql/result'
import { PlatformError } from '#runtime/errors'

/** A column of the statement, as it was prepared. */
export interface PreparedColumn {
  readonly name: string
  readonly type: DuckDBType
}

/** The statement that writes the file. Throws SQL_FAILED for a type that no file can hold. */
export function parquetCopySql(
  columns: readonly PreparedColumn[],
  { statement, path }: { readonly statement: string; readonly path: string },
): string {
  const names = uniqueNames(columns)
  const stored = columns.map(({ name, type }, i) => {
    const target = storedType(type, name)
    const value = target === undefined ? `#${i + 1}` : `CAST(#${i + 1} AS ${target})`
    return `${value} AS ${quoteName(names[i] ?? name)}`
  })
  // The line end closes a comment that the statement may end with.
  const query = `SELECT ${stored.join(', ')} FROM (${statement}\n)`
  return `COPY (${query}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`
}

const REPLACED: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.HUGEINT, 'DECIMAL(38,0)'],
  [DuckDBTypeId.UHUGEINT, 'DECIMAL(38,0)'],
  [DuckDBTypeId.INTERVAL, 'VARCHAR'],
  [DuckDBTypeId.TIME_TZ, 'VARCHAR'],
])

/** The type to store a value with; undefined when its own will do. */
function storedType(type: DuckDBType, column: string): string | undefined {
  if (type.typeId === DuckDBTypeId.UNION) {
    const fact = `Parquet has no type for the column ${JSON.stringify(column)}, a UNION`
    throw new PlatformError('SQL_FAILED', `${fact}; cast it, or write .json`)
  }
  const stored = (inner: DuckDBType) => storedType(inner, column)
  const whole = (inner: DuckDBType) => stored(inner) ?? (inner.typeId === DuckDBTypeId.SQLNULL ? 'INTEGER' : `${inner}`)
  if (type instanceof DuckDBListType) return changed([type.valueType], stored, () => `${whole(type.valueType)}[]`)
  if (type instanceof DuckDBArrayType) {
    return changed([type.valueType], stored, () => `${whole(type.valueType)}[${type.length}]`)
  }
  if (type instanceof DuckDBMapType) {
    const { keyType, valueType } = type
    return changed([keyType, valueType], stored, () => `MAP(${whole(keyType)}, ${whole(valueType)})`)
  }
  if (type instanceof DuckDBStructType) {
    const fields = () =>
      type.entryNames.map((name, i) => `${quoteName(name)} ${whole(type.entryTypes[i] as DuckDBType)}`)
    return changed(type.entryTypes, stored, () => `STRUCT(${fields().join(', ')})`)
  }
  return REPLACED.get(type.typeId)
}

function changed(
  inner: readonly DuckDBType[],
  stored: (type: DuckDBType) => string | undefined,
  build: () => string,
): string | undefined {
  return inner.some((type) => stored(type) !== undefined) ? build() : undefined
}
