// Reads the schemas of Parquet files, by DuckDB, as the trees that their footers hold.

import type { DuckDBConnection } from '@duckdb/node-api'
import { fileListSql } from '#duckdb/read_parquet'

/** A node of a file's schema. */
export interface ParquetNode {
  readonly name: string
  readonly fieldId: number | null
  /** DuckDB's type of a leaf. */
  readonly type: string | null
  readonly children: readonly ParquetNode[]
}

type SchemaRow = readonly [file: string, name: string, children: number | null, id: number | null, type: string | null]

/** The top-level columns of each file. */
export async function readParquetSchemas(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<ReadonlyMap<string, readonly ParquetNode[]>> {
  const reader = await connection.runAndReadAll(
    `SELECT file_name, name, num_children::INTEGER, field_id::INTEGER, duckdb_type
    FROM parquet_schema(${fileListSql(files)}) ORDER BY file_name, column_id`,
  )
  const rows = reader.getRows() as unknown as readonly SchemaRow[]
  const schemas = new Map<string, readonly ParquetNode[]>()
  // A node comes before its children, and these before what follows them.
  const iterator = rows.values()
  for (const row of iterator) schemas.set(row[0], nodeOf(row, iterator).children)
  return schemas
}

function nodeOf([, name, count, fieldId, type]: SchemaRow, following: Iterator<SchemaRow>): ParquetNode {
  const children: ParquetNode[] = []
  for (let left = count ?? 0; left > 0; left--) {
    const next = following.next()
    if (next.done === true) break
    children.push(nodeOf(next.value, following))
  }
  return { name, fieldId, type: children.length > 0 ? null : type, children }
}
