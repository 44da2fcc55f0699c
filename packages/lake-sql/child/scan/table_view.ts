// The SQL that makes a Delta table's files a view: one read_parquet a partition, its values as typed constants, since
// they stand in the log and not in the files.

import { columnId, physicalName } from '#delta/schema/column_mapping'
import { quoteName, quoteText } from '#duckdb/quoting'
import { readParquetSql, type ScanColumn, scanSchemaSql } from '#duckdb/read_parquet'
import { VOID } from '#duckdb/types'
import { SCAN_ALIAS, withoutDeleted } from '#lake-sql/child/scan/deleted_rows'
import type { FileLayout, Layouts } from '#lake-sql/child/scan/file_layouts'
import { type FileGroup, filesOf, type LakeColumn, type LocalTable } from '#lake-sql/local_table'

/** The statements that make the view; `layouts` are those of the table's files, if it needs any. */
export function tableViewSql(table: LocalTable, layouts: Layouts = new Map()): readonly string[] {
  if (table.content === 'listed') return [viewSql(table, unreadable(table))]
  if (table.content.length === 0) return [viewSql(table, `${typedNulls(table)} WHERE false`)]
  const all = new Set(filesOf(table).map((file) => layouts.get(file)))
  const schemas = [...all].map((layout, i) => schemaOf(table, layout, i))
  const macros = schemas.map(({ macro, columns }) => `CREATE MACRO ${macro}() AS ${scanSchemaSql(columns)}`)
  const selects = table.content.flatMap((group) =>
    schemas.map((schema) => groupSql(table, group, { ...schema, layouts })).filter((select) => select !== undefined),
  )
  return [...macros, viewSql(table, selects.join('\nUNION ALL\n'))]
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

/** What files of one layout are read as. */
interface ScanSchema {
  readonly layout: FileLayout | undefined
  /** A macro keeps the list of columns out of each partition's SQL. */
  readonly macro: string
  readonly columns: readonly ScanColumn[]
}

function schemaOf(table: LocalTable, layout: FileLayout | undefined, index: number): ScanSchema {
  const stored = table.columns.flatMap((column, i): ScanColumn[] => {
    if (!isInFiles(table, column)) return []
    const type = layout?.get(column.name)?.type ?? column.type
    return [{ key: storedKey(table, column.name), name: scanName(table, i), type }]
  })
  // A scan without columns would have no type; a file's rows are to be counted all the same.
  const nothing = { key: storedKey(table, undefined), name: 'nothing', type: 'INTEGER' }
  const macro = quoteName(`__${table.name}_schema${index === 0 ? '' : `_${index}`}`)
  return { layout, macro, columns: stored.length === 0 ? [nothing] : stored }
}

/** By what DuckDB finds a column in a file; undefined finds none. */
function storedKey({ mapping }: LocalTable, name: string | undefined): string {
  const field = mapping?.fields.find((each) => each.name === name)
  if (mapping?.mode === 'id') return String(field === undefined ? -1 : columnId(field))
  if (mapping === undefined || field === undefined) return quoteText(name ?? '')
  return quoteText(physicalName(field, mapping.mode))
}

/** A partition's values stand in the log, and a void column's nowhere. */
function isInFiles(table: LocalTable, { name, type }: LakeColumn): boolean {
  return type !== VOID && !table.partitionColumns.includes(name)
}

/** What a scan calls a column: by its name, unless one of the table's would hide a virtual column of DuckDB's. */
function scanName({ columns }: LocalTable, index: number): string {
  const hides = columns.some(({ name }) => VIRTUAL_COLUMNS.has(name.toLowerCase()))
  return hides ? `column${index}` : (columns[index]?.name ?? '')
}

const VIRTUAL_COLUMNS: ReadonlySet<string> = new Set(['filename', 'file_row_number', 'file_index'])

/** The rows of a group's files of one layout; undefined when there are none. */
function groupSql(
  table: LocalTable,
  group: FileGroup,
  { layout, macro, layouts }: ScanSchema & { readonly layouts: Layouts },
): string | undefined {
  const files = group.files.filter((file) => layouts.get(file) === layout)
  if (files.length === 0) return undefined
  const columns = table.columns.map((column, i) => {
    const { name, type } = column
    const value = isInFiles(table, column)
      ? storedSql(table, { index: i, layout, qualified: group.hasDeletions === true })
      : constantSql(partitionText(group, name), type)
    return value === quoteName(name) ? value : `${value} AS ${quoteName(name)}`
  })
  const scan = readParquetSql(files, `${macro}()`)
  const rows = group.hasDeletions === true ? `${scan} AS ${SCAN_ALIAS} ${withoutDeleted(table.name)}` : scan
  return `SELECT ${columns.join(', ')} FROM ${rows}`
}

/** A column of a scan as the table has it. */
function storedSql(
  table: LocalTable,
  { index, layout, qualified }: { index: number; layout: FileLayout | undefined; qualified: boolean },
): string {
  const name = quoteName(scanName(table, index))
  const value = qualified ? `${SCAN_ALIAS}.${name}` : name
  return layout?.get(table.columns[index]?.name ?? '')?.toTable(value) ?? value
}

function partitionText(group: FileGroup, name: string): string | null {
  return Object.hasOwn(group.partitionValues, name) ? (group.partitionValues[name] ?? null) : null
}

/** PROTOCOL.md, "Partition Value Serialization": an empty text is NULL too; binary is text of its bytes. */
export function constantSql(value: string | null, type: string): string {
  if (value === null || value === '') return `CAST(NULL AS ${type})`
  if (type === 'BLOB') return `encode(${quoteText(value)})`
  return `CAST(${quoteText(value)} AS ${type})`
}
