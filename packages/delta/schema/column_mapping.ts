// Column mapping: the names of columns in files, partition values and statistics are not those of the schema, so that
// columns can be renamed and dropped without a file being written. Source: PROTOCOL.md, Column Mapping.

import type { Metadata } from '#delta/log/actions'
import { allFields, type StructField, type StructType } from '#delta/schema/schema'
import { PlatformError } from '#runtime/errors'

/** How a file's columns are found: by the schema's names, by physical names, or by the ids of the Parquet schema. */
export type MappingMode = 'none' | 'name' | 'id'

const MODES: ReadonlySet<string> = new Set(['none', 'name', 'id'])

/** What the table says; undefined for a mode that is none of the protocol's. */
export function mappingMode({ configuration }: Metadata): MappingMode | undefined {
  const mode = configuration['delta.columnMapping.mode'] ?? 'none'
  return MODES.has(mode) ? (mode as MappingMode) : undefined
}

/** The name of a column in partition values and statistics, and in files unless the mode is `id`. */
export function physicalName({ name, metadata }: Pick<StructField, 'name' | 'metadata'>, mode: MappingMode): string {
  return mode === 'none' ? name : String(metadata[PHYSICAL_NAME])
}

/** The id of a column in Parquet schemas. */
export function columnId({ metadata }: Pick<StructField, 'metadata'>): number {
  return Number(metadata[COLUMN_ID])
}

/** Throws TABLE_CORRUPT when a column lacks what the table's mode asks for. */
export function requireMapped(url: string, metadata: Metadata, schema: StructType): void {
  const mode = mappingMode(metadata)
  if (mode === 'none') return
  for (const { path, field } of allFields(schema)) {
    const named = typeof field.metadata[PHYSICAL_NAME] === 'string'
    const numbered = mode !== 'id' || Number.isInteger(field.metadata[COLUMN_ID])
    if (named && numbered) continue
    const what = `the column ${path} of the Delta table at ${url} has no ${named ? COLUMN_ID : PHYSICAL_NAME}`
    const message = `${what}, which the column mapping mode ${mode} asks for; its metaData is damaged`
    throw new PlatformError('TABLE_CORRUPT', message, { fields: { table: url } })
  }
}

const PHYSICAL_NAME = 'delta.columnMapping.physicalName'
const COLUMN_ID = 'delta.columnMapping.id'
