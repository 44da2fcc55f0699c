// DuckDB inside the child: in memory, without files but the tables', without network, without settings to change.
// The order is the safety: judge the statements by their syntax tree (allowed_sql.ts), plan them in a DuckDB that is
// locked (plan_statements.ts), make the views, lock (lockdown.ts), only then run.

import { availableParallelism } from 'node:os'
import {
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
  StatementType,
} from '@duckdb/node-api'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { quoteName } from '#duckdb/quoting'
import {
  explainedQuery,
  judge,
  type KnownNames,
  type NamedReads,
  needsOf,
  type SyntaxTree,
} from '#lake-sql/child/allowed_sql'
import { castQuerySql, castType, type PreparedColumn } from '#lake-sql/child/cast_type'
import { lockDown } from '#lake-sql/child/lockdown'
import { type JudgedStatement, openPlanner, type PlannerPlace, scansOf } from '#lake-sql/child/plan_statements'
import { resultFileSql } from '#lake-sql/child/result_file'
import { createTableView } from '#lake-sql/child/scan/create_view'
import { SQL_TEMP_BYTES_MAX, SQL_THREADS_MAX } from '#lake-sql/limits'
import { filesOf, type LocalTable, type TableShape } from '#lake-sql/local_table'
import type { InspectRequest, Needs } from '#lake-sql/messages'
import type { Scans } from '#lake-sql/pruning/condition'
import type { ViewDefinition } from '#lake-sql/view'
import { PlatformError } from '#runtime/errors'

/** A DuckDB that knows nothing yet. */
export interface EngineDatabase extends PlannerPlace {
  readonly connection: DuckDBConnection
}

/** A DuckDB that knows its statements and its views. */
export interface Engine extends EngineDatabase {
  /** Where the statements are planned; undefined when they read no table. */
  readonly planner: Promise<DuckDBInstance> | undefined
  /** The only file that may be written: one in the folder for temporary files. */
  readonly parquetFile: string | undefined
  readonly statements: readonly JudgedStatement[]
  readonly views: readonly InspectedView[]
  readonly needs: Needs
  readonly transaction: EngineTransaction
}

/** All runs in one transaction: time stands still in it, and it knows whether something failed. */
interface EngineTransaction {
  begun: boolean
  /** What it made, to be made again after a failure. */
  tables: readonly LocalTable[]
}

interface InspectedView extends ViewDefinition {
  readonly reads: NamedReads
}

/** Opens DuckDB. Nothing of a user's runs in it before its statements were judged. */
export async function openDatabase({ limits, tempFolder }: PlannerPlace): Promise<EngineDatabase> {
  const threads = Math.min(SQL_THREADS_MAX, availableParallelism())
  const { memoryBytes } = limits
  const instance = await openDuckdb({ memoryBytes, threads, tempFolder, tempBytesMax: SQL_TEMP_BYTES_MAX })
  return { connection: await connectDuckdb(instance), limits, tempFolder }
}

/** Judges the statements. Throws SQL_FAILED when one may not run. */
export async function openEngine(request: InspectRequest, database: EngineDatabase): Promise<Engine> {
  const { connection } = database
  const reads: NamedReads[] = []
  for (const statement of request.statements) reads.push(await inspectStatement(connection, statement))
  const views = await inspectViews(connection, request, reads)
  const known = knownNames(request, views)
  const statements = request.statements.map((text, i) => ({
    text,
    tables: needsOf(reads.slice(i, i + 1), known).tables,
  }))
  const { parquetFile } = request
  const transaction = { begun: false, tables: [] }
  const needs = needsOf(reads, known)
  return { ...database, planner: plannerFor(needs, database), parquetFile, statements, views, needs, transaction }
}

/** It opens while the caller reads the logs of the tables. */
function plannerFor({ tables }: Needs, place: PlannerPlace): Promise<DuckDBInstance> | undefined {
  if (tables.length === 0) return undefined
  const planner = openPlanner(place)
  // Whether it could be opened is told to the one who asks for plans.
  planner.catch(() => {})
  return planner
}

/**
 * Tells which rows the statements can use, of tables that look like this. From here on time stands still: what now()
 * was when the files were chosen, it is when the statements run.
 */
export async function planStatements(engine: Engine, tables: readonly TableShape[]): Promise<Scans> {
  const { connection, statements, needs, planner } = engine
  await begin(engine)
  if (tables.length === 0 || planner === undefined) return {}
  const now = String((await connection.runAndReadAll('SELECT now()::VARCHAR')).getRows()[0]?.[0])
  const views = engine.views.filter((view) => needs.views.includes(view.name.toLowerCase()))
  return scansOf(await planner, { tables, views, statements, now })
}

/** Makes the tables and the views, and then locks the door. */
export async function loadTables(engine: Engine, tables: readonly LocalTable[]): Promise<void> {
  const { connection, parquetFile } = engine
  await begin(engine)
  await createAll(engine, tables)
  await lockDown(connection, [...tables.flatMap(filesOf), ...(parquetFile === undefined ? [] : [parquetFile])])
}

/**
 * Throws when a result that came to its end is not whole: an error in the midst of a stream reaches nobody, but leaves
 * the transaction aborted. Then the statement runs once more, without its rows, to say what is wrong.
 */
export async function requireWhole(engine: Engine, statement: string): Promise<void> {
  const { connection } = engine
  if (await isTransactionSound(connection)) return
  await connection.run('ROLLBACK')
  await createAll(engine, engine.transaction.tables)
  await connection.run(`SELECT bit_xor(hash(whole)) FROM (${statement}\n) AS whole`)
  throw new PlatformError(
    'SQL_FAILED',
    'the query failed in the midst of its result, for a reason that DuckDB keeps back',
  )
}

async function isTransactionSound(connection: DuckDBConnection): Promise<boolean> {
  return connection.run('SELECT 1').then(
    () => true,
    () => false,
  )
}

async function begin({ connection, transaction }: Engine): Promise<void> {
  if (!transaction.begun) await connection.run('BEGIN')
  transaction.begun = true
}

async function createAll(engine: Engine, tables: readonly LocalTable[]): Promise<void> {
  engine.transaction.tables = tables
  for (const table of tables) await createTableView(engine.connection, table)
  await createViews(engine)
}

/** Prepares a statement that was judged before. Fields without a name are given one. */
export async function prepareQuery(engine: Engine, statement: string): Promise<DuckDBPreparedStatement> {
  const prepared = await prepareJudged(engine, statement)
  if (prepared.statementType === StatementType.EXPLAIN) return prepared
  const columns = columnsOf(prepared)
  const targets = columns.map(({ type }) => castType(type, () => undefined))
  if (targets.every((target) => target === undefined)) return prepared
  prepared.destroySync()
  return engine.connection.prepare(castQuerySql(statement, { names: columns.map(({ name }) => name), targets }))
}

/** Writes the result of a statement that was judged before to the Parquet file. Gives the number of rows. */
export async function writeParquet(engine: Engine, statement: string): Promise<number> {
  const { connection, parquetFile: path = '' } = engine
  const prepared = await prepareJudged(engine, statement)
  if (prepared.statementType === StatementType.EXPLAIN) {
    throw new PlatformError('SQL_FAILED', 'a plan is no table for Parquet; write it to a .txt file')
  }
  const columns = columnsOf(prepared)
  prepared.destroySync()
  const reader = await connection.runAndReadAll(resultFileSql(columns, { statement, path }))
  return Number(reader.getRows()[0]?.[0])
}

async function prepareJudged({ connection }: Engine, statement: string): Promise<DuckDBPreparedStatement> {
  const prepared = await connection.prepare(statement)
  const type = prepared.statementType
  if (type !== StatementType.SELECT && type !== StatementType.EXPLAIN) {
    throw new PlatformError('SQL_FAILED', `a statement of type ${StatementType[type]} may not run here`)
  }
  return prepared
}

function columnsOf(prepared: DuckDBPreparedStatement): readonly PreparedColumn[] {
  return Array.from({ length: prepared.columnCount }, (_, i) => ({
    name: prepared.columnName(i),
    type: prepared.columnType(i),
  }))
}

async function inspectStatement(connection: DuckDBConnection, statement: string): Promise<NamedReads> {
  const verdict = judge(await syntaxTree(connection, explainedQuery(statement)))
  if (verdict.kind === 'refused') throw new PlatformError('SQL_FAILED', verdict.message)
  return verdict.reads
}

/** Judges the views that will be made for the statements, in their order. */
async function inspectViews(
  connection: DuckDBConnection,
  request: InspectRequest,
  statements: readonly NamedReads[],
): Promise<readonly InspectedView[]> {
  const inspected = new Map<string, InspectedView>()
  for (;;) {
    const found = request.views.flatMap(({ name }) => inspected.get(name) ?? [])
    const needs = needsOf(statements, knownNames(request, found))
    const missing = request.views.filter((view) => isMade(view, needs) && !inspected.has(view.name))
    if (missing.length === 0) return found
    for (const view of missing) {
      inspected.set(view.name, { ...view, reads: await inspectStatement(connection, view.query) })
    }
  }
}

/** Those that are read, or all when the list itself is asked for. */
function isMade({ name }: ViewDefinition, { views, catalog }: Needs): boolean {
  return catalog || views.includes(name.toLowerCase())
}

async function syntaxTree(connection: DuckDBConnection, query: string): Promise<SyntaxTree> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [query])
  return JSON.parse(String(reader.getRows()[0]?.[0])) as SyntaxTree
}

const NOTHING: NamedReads = { names: new Set(), ctes: new Set(), catalog: false }

/** A view that was not inspected is known by its name alone. */
function knownNames(request: InspectRequest, inspected: readonly InspectedView[]): KnownNames {
  const reads = new Map(inspected.map((view) => [view.name, view.reads]))
  return {
    tables: new Set(request.tables.map((name) => name.toLowerCase())),
    views: new Map(request.views.map(({ name }) => [name.toLowerCase(), reads.get(name) ?? NOTHING])),
  }
}

/**
 * The views that are needed, or all when the list itself is asked for; one that does not fit the tables (a lake of
 * another make) is left out then.
 */
async function createViews(engine: Engine): Promise<void> {
  for (const view of engine.views) {
    const needed = engine.needs.views.includes(view.name.toLowerCase())
    try {
      await engine.connection.run(`CREATE VIEW ${quoteName(view.name)} AS ${view.query}`)
    } catch (error) {
      if (needed) throw error
    }
  }
}
