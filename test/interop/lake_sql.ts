// The SQL files of infra over a lake in a folder: their statements, with the folder in place of the Azure container;
// and what a view gives, from Spark and from us, as equal JSON.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allStatements, withoutLeadingComments } from '#lake-sql/statement'
import { startTickerlake } from '#support/start_tickerlake'
import { type Dialect, duckdbDialect, type Row, sparkDialect } from './dialect.ts'

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, '../..')

/** Where the files of infra have the tables; ClickHouse takes an account apart. */
const CONTAINER = 'abfss://lake@account.dfs.core.windows.net/bronze'
const CLICKHOUSE_TABLE = /DeltaLakeAzure\('https:\/\/account[^']*', 'lake', 'bronze\/(\w+)', 'account', 'KEY'\)/g

/** The statements of a file of infra over the lake in this folder, without their comments. */
export function statementsOf(file: string, lake: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'infra', file), 'utf8')
  const local = text.replaceAll(CONTAINER, lake).replace(CLICKHOUSE_TABLE, `DeltaLakeLocal('${lake}/$1')`)
  return allStatements(local).map(withoutLeadingComments)
}

/** The names of the views that statements create. */
export function viewsIn(statements: readonly string[]): readonly string[] {
  return statements.flatMap((statement) => /^CREATE OR REPLACE VIEW (?:lake\.)?(\w+) AS\b/.exec(statement)?.[1] ?? [])
}

/** A column, its type as DuckDB calls it. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** What Spark calls the types of our columns, as DuckDB does. */
const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  bigint: 'BIGINT',
  binary: 'BLOB',
  boolean: 'BOOLEAN',
  date: 'DATE',
  double: 'DOUBLE',
  int: 'INTEGER',
  'interval day to second': 'INTERVAL',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
}

/** A column as Spark's DESCRIBE has it. */
export function sparkColumn([name, type]: Row): Column {
  return { name: String(name), type: DUCKDB_TYPES[String(type)] ?? String(type) }
}

/** All rows of a view of ours or of Spark's, in the same text: see dialect.ts. */
export function rowsQuery(view: string, columns: readonly Column[], dialect: Dialect): string {
  const values = columns.map(
    ({ name, type }) => `${asJson(dialect.name(name), type, dialect)} AS ${dialect.name(`c_${name}`)}`,
  )
  return `SELECT ${values.join(', ')} FROM ${view}`
}

function asJson(column: string, type: string, dialect: Dialect): string {
  if (type === 'VARCHAR' || type === 'DOUBLE') return column
  if (type === 'BLOB') return dialect.hex(column)
  if (type === 'TIMESTAMP WITH TIME ZONE') return `CAST(${dialect.micros(column)} AS ${dialect.text})`
  if (type === 'INTERVAL') return `CAST(${durationMicros(column, dialect)} AS ${dialect.text})`
  return `CAST(${column} AS ${dialect.text})`
}

function durationMicros(column: string, dialect: Dialect): string {
  return dialect === sparkDialect ? `unix_micros(TIMESTAMP '1970-01-01 00:00:00Z' + ${column})` : dialect.micros(column)
}

/** The names of all views that the lake in this folder has for our SQL. */
export async function viewsOfLake(lake: string): Promise<readonly string[]> {
  const { views } = JSON.parse(await ran(['tables', '--json'], lake)) as { views: readonly { name: string }[] }
  return views.map(({ name }) => name)
}

/** The columns of our views. */
export async function ourColumns(lake: string, views: readonly string[]): Promise<readonly (readonly Column[])[]> {
  const described = await ourRows(
    lake,
    views.map((view) => `DESCRIBE ${view}`),
  )
  return described.map((columns) => columns.map(([name, type]) => ({ name: String(name), type: String(type) })))
}

/** The rows of each view of ours. */
export async function ourViews(
  lake: string,
  views: readonly { readonly name: string; readonly columns: readonly Column[] }[],
): Promise<readonly (readonly Row[])[]> {
  return ourRows(
    lake,
    views.map(({ name, columns }) => rowsQuery(name, columns, duckdbDialect)),
  )
}

/** The rows of several queries of ours: `--json` prints an array of each, a row a line. */
export async function ourRows(lake: string, queries: readonly string[]): Promise<readonly (readonly Row[])[]> {
  const file = join(lake, '..', 'queries.sql')
  writeFileSync(file, queries.map((query) => `${query};\n`).join(''))
  const arrays = (await ran(['sql', '--json', '-f', file], lake)).split(/^(?=\[)/m)
  return arrays.map((array) => (JSON.parse(array) as Record<string, string>[]).map((row) => Object.values(row)))
}

async function ran(words: readonly string[], lake: string): Promise<string> {
  const command = startTickerlake(words, { LAKE_URL: lake, DATA_DIR: join(lake, '..', '..') })
  command.input('')
  const { code } = await command.ended
  if (code !== 0) throw new Error(`tickerlake ${words[0]} ended with ${code}: ${command.stderr.join('\n')}`)
  return command.stdout.join('\n')
}
