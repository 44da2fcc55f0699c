// The Parquet schema of columns of plain values. It is the one that DuckDB writes, which merges files: so all files of
// a table are physically the same, whoever wrote them.

import type { SchemaElement } from 'hyparquet'
import type { ColumnValues, ValueKind } from '#parquet-bytes/column_values'

/** Parquet's types. */
export const PHYSICAL_TYPES = {
  double: 'DOUBLE',
  int32: 'INT32',
  int64: 'INT64',
  date: 'INT32',
  timestamp: 'INT64',
  boolean: 'BOOLEAN',
  text: 'BYTE_ARRAY',
  bytes: 'BYTE_ARRAY',
} as const satisfies Record<ValueKind, string>

const MICROSECONDS = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } as const

const ROOT = { name: 'duckdb_schema', repetition_type: 'REQUIRED' } as const

/** The columns in preorder, the root first. */
export function schemaOf(columns: readonly ColumnValues[]): SchemaElement[] {
  return [{ ...ROOT, num_children: columns.length }, ...columns.map(elementOf)]
}

function elementOf({ name, kind }: ColumnValues): SchemaElement {
  const element = { name, type: PHYSICAL_TYPES[kind], repetition_type: 'OPTIONAL' } as const
  if (kind === 'timestamp') return { ...element, converted_type: 'TIMESTAMP_MICROS', logical_type: MICROSECONDS }
  const converted = CONVERTED_TYPES[kind]
  return converted === undefined ? element : { ...element, converted_type: converted }
}

const CONVERTED_TYPES: Partial<Record<ValueKind, 'UTF8' | 'INT_32' | 'INT_64' | 'DATE'>> = {
  text: 'UTF8',
  int32: 'INT_32',
  int64: 'INT_64',
  date: 'DATE',
}
