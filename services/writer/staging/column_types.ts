// The types of our columns in the terms of DuckDB. Parquet follows from them: TIMESTAMPTZ becomes INT64 microseconds
// that are adjusted to UTC, as Delta asks.

import { BIGINT, BLOB, BOOLEAN, DATE, DOUBLE, type DuckDBType, INTEGER, TIMESTAMPTZ, VARCHAR } from '@duckdb/node-api'
import type { ColumnType } from '#lake/tables'

/** A column's type, or the staging's own date. */
export type ColumnKind = ColumnType | 'date'

/** DuckDB's type. Its name in SQL is its text. */
export function duckdbType(kind: ColumnKind): DuckDBType {
  return TYPES[kind]
}

const TYPES: Readonly<Record<ColumnKind, DuckDBType>> = {
  string: VARCHAR,
  long: BIGINT,
  integer: INTEGER,
  double: DOUBLE,
  boolean: BOOLEAN,
  timestamp: TIMESTAMPTZ,
  binary: BLOB,
  date: DATE,
}
