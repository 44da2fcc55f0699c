// The SQL that makes a Delta table's files a view: one read_parquet a partition, its values as typed constants, since
// they stand in the log and not in the files. The columns are given, not found: a file written before a column was
// added reads as NULL there, and thousands of files need not be opened to know their schema.

import { VOID } from '#lake-sql/duckdb_type'
import { quoteName, quoteText } from '#lake-sql/quote_sql'

/** A column by DuckDB's name of its type. */
export interface LakeColumn {
  readonly name: string
  readonly type: string
}

/** The files that have the same partition values. */
export interface FileGroup {
  /** As the Delta log has them: text, and null for NULL. */
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly files: readonly string[]
}

/** What a table looks like. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly LakeColumn[]
}

/** A table whose files are on this machine. */
export interface LocalTable extends TableShape {
  readonly partitionColumns: readonly string[]
  /** `listed` is there by name and columns, but cannot be read. */
  readonly content: 'listed' | readonly FileGroup[]
}

/**
 * How data files are read. A path that happens to look like Hive's must not override a column of the file. Many writers
 * leave NaN out of their Parquet statistics, and DuckDB must not skip row groups by those.
 */
export const SCAN_OPTIONS = 'hive_partitioning = false, can_have_nan = true'

/** The statements that make the view. */
export function tableViewSql(table: LocalTable): readonly string[] {
  if (table.content === 'listed') return [viewSql(table, unreadable(table))]
  if (table.content.length === 0) return [viewSql(table, `${typedNulls(table)} WHERE false`)]
  const selects = table.content.map((group) => groupSql(table, group))
  return [schemaMacroSql(table), viewSql(table, selects.join('\nUNION ALL\n'))]
}

/** The files of a table, for the list of paths that DuckDB may open. */
export function filesOf(table: LocalTable): readonly string[] {
  return table.content === 'listed' ? [] : table.content.flatMap((group) => group.files)
}

function viewSql(table: LocalTable, query: string): string {
  return `CREATE VIEW ${quoteName(table.name)} AS\n${query}`
}

function unreadable(table: LocalTable): string {
  return `${typedNulls(table)} WHERE error(${quoteText(`the table ${table.name} was not loaded`)})::BOOLEAN`
}

function typedNulls(table: LocalTable): string {
  const columns = table.columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`)
  return `SELECT ${columns.join(', ')}`
}

/** A macro keeps the list of columns out of each partition's SQL. */
function schemaMacroSql(table: LocalTable): string {
  const entries = table.columns
    .filter((column) => isInFiles(table, column))
    .map(({ name, type }) => {
      const key = quoteText(name)
      return `${key}: {name: ${key}, type: ${quoteText(type)}, default_value: NULL}`
    })
  return `CREATE MACRO ${schemaMacro(table)}() AS MAP {${entries.join(', ')}}`
}

/** A partition's values stand in the log, and a void column's nowhere. */
function isInFiles(table: LocalTable, { name, type }: LakeColumn): boolean {
  return type !== VOID && !table.partitionColumns.includes(name)
}

function schemaMacro(table: LocalTable): string {
  return quoteName(`__${table.name}_schema`)
}

function groupSql(table: LocalTable, group: FileGroup): string {
  const columns = table.columns.map((column) => {
    const { name, type } = column
    if (isInFiles(table, column)) return quoteName(name)
    return `${constantSql(partitionText(group, name), type)} AS ${quoteName(name)}`
  })
  const files = group.files.map(quoteText).join(',')
  const scan = `read_parquet([${files}], schema = ${schemaMacro(table)}(), ${SCAN_OPTIONS})`
  return `SELECT ${columns.join(', ')} FROM ${scan}`
}

function partitionText(group: FileGroup, name: string): string | null {
  return Object.hasOwn(group.partitionValues, name) ? (group.partitionValues[name] ?? null) : null
}

/** PROTOCOL.md, "Partition Value Serialization": an empty text is NULL too; binary is text of its bytes. */
function constantSql(value: string | null, type: string): string {
  if (value === null || value === '') return `CAST(NULL AS ${type})`
  if (type === 'BLOB') return `encode(${quoteText(value)})`
  return `CAST(${quoteText(value)} AS ${type})`
}
