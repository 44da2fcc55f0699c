// A table as the child gets it: its columns, and its files on this machine or, of a generated one, its rows. All of it
// is plain data, since it travels between processes.

import type { MappingMode } from '#delta/schema/column_mapping'
import type { StructField } from '#delta/schema/schema'

/** A column by DuckDB's name of its type. */
export interface LakeColumn {
  readonly name: string
  readonly type: string
}

/** The files that have the same partition values. */
export interface FileGroup {
  /** As the Delta log has them, by the table's names of the columns: text, and null for NULL. */
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly files: readonly string[]
  /** Some rows of each file are in the table no more: they have deletion vectors. */
  readonly hasDeletions?: boolean
}

/** What a table looks like. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly LakeColumn[]
}

/** How the columns of a table are found in its files when the names and types of LakeColumn do not tell. */
export interface ColumnMapping {
  readonly mode: MappingMode
  /** The columns of the table. */
  readonly fields: readonly StructField[]
}

/** The deletion vector of a file. */
export interface FileDeletions {
  readonly file: string
  /** Its bytes in base 64. */
  readonly vector: string
  readonly cardinality: number
}

/** A row of a generated table: of each column the text that DuckDB casts to its type, or null for NULL. */
export type GeneratedRow = readonly (string | null)[]

/** A table that has no files: its rows follow from rules, and are made when a query reads it. */
export interface GeneratedTable extends TableShape {
  rows(): Promise<readonly GeneratedRow[]>
}

/** A table that can be read on this machine. */
export interface LocalTable extends TableShape {
  readonly partitionColumns: readonly string[]
  /** `listed` is there by name and columns, but cannot be read. */
  readonly content: 'listed' | readonly FileGroup[]
  /** All rows of a generated table, which has no files. */
  readonly rows?: readonly GeneratedRow[]
  readonly mapping?: ColumnMapping
  readonly deletions?: readonly FileDeletions[]
  /** Files of which a reader keeps the rows: opening one takes longer than looking through it. */
  readonly small?: readonly string[]
}

/** The files of a table, for the list of paths that DuckDB may open. */
export function filesOf(table: LocalTable): readonly string[] {
  return table.content === 'listed' ? [] : table.content.flatMap((group) => group.files)
}
