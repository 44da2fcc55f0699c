// Delta's types as objects of DuckDB's client, for chunks of rows that are appended. Apart from types.ts, because the
// client loads DuckDB's library, which the caller of a query does not need.

import { BIGINT, BLOB, BOOLEAN, DATE, DOUBLE, type DuckDBType, INTEGER, TIMESTAMPTZ, VARCHAR } from '@duckdb/node-api'
import { duckdbType } from '#duckdb/types'

/** By DuckDB's names of them. */
const CLIENT_TYPES: Readonly<Record<string, DuckDBType>> = {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  TIMESTAMPTZ,
  VARCHAR,
}

/** The client's object for a Delta type. Throws for a type that no column of ours has. */
export function clientType(type: string): DuckDBType {
  const found = CLIENT_TYPES[duckdbType(type) ?? '']
  if (found === undefined) throw new Error(`columns of the type ${type} cannot be appended`)
  return found
}
