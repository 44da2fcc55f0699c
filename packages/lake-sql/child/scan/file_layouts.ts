// The layouts of a table's files: how those of its columns look in a file that the schema does not tell. Files of one
// layout are read by one scan. Only tables with column mapping or widened types need them: see stored_type.ts.

import type { DuckDBConnection } from '@duckdb/node-api'
import { type ParquetNode, readParquetSchemas } from '#duckdb/parquet_schema'
import { needsLayout, type StoredType, storedField, storedNode } from '#lake-sql/child/scan/stored_type'
import { type ColumnMapping, filesOf, type LocalTable } from '#lake-sql/local_table'
import { messageOf, PlatformError } from '#runtime/errors'

/** Those columns as they are in a file, by the table's name of them; null for one that the file lacks. */
export type FileLayout = ReadonlyMap<string, StoredType | null>

/** Layouts by file; files of the same layout have the same one. */
export type Layouts = ReadonlyMap<string, FileLayout>

/** Files whose schemas are asked for at a time. */
const FILES_PER_QUERY = 256

/** Reads the layouts; none when the table needs none. Throws TABLE_CORRUPT for a file that does not fit the table. */
export async function readLayouts(connection: DuckDBConnection, table: LocalTable): Promise<Layouts> {
  const byFile = new Map<string, FileLayout>()
  const { mapping } = table
  if (mapping === undefined || !mapping.fields.some(needsLayout)) return byFile
  const known = new Map<string, FileLayout>()
  const files = filesOf(table)
  for (let at = 0; at < files.length; at += FILES_PER_QUERY) {
    for (const [file, columns] of await readParquetSchemas(connection, files.slice(at, at + FILES_PER_QUERY))) {
      const layout = layoutOf(mapping, columns, `${file} of ${table.name}`)
      const key = JSON.stringify([...layout].map(([name, stored]) => [name, stored?.type, stored?.toTable('x')]))
      if (!known.has(key)) known.set(key, layout)
      byFile.set(file, known.get(key) ?? layout)
    }
  }
  return byFile
}

function layoutOf({ mode, fields }: ColumnMapping, columns: readonly ParquetNode[], file: string): FileLayout {
  const layout = new Map<string, StoredType | null>()
  for (const field of fields) {
    if (!needsLayout(field)) continue
    const node = storedNode(field, columns, mode)
    try {
      layout.set(field.name, node === undefined ? null : storedField(field, node, mode))
    } catch (cause) {
      const message = `the file ${file} is not what the table's schema says: ${messageOf(cause)}`
      throw new PlatformError('TABLE_CORRUPT', message, { cause })
    }
  }
  return layout
}
