// Plans statements without their tables' files, to know which of those they need. A DuckDB of its own, locked from the
// start, has tables of the same columns and no rows. No optimizer may look at rows then, so the plans hold for whatever
// rows there are; and nothing may be in them that is another value when the statement runs.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { quoteName, quoteText } from '#duckdb/quoting'
import { explainedQuery } from '#lake-sql/child/allowed_sql'
import { visitNodes } from '#lake-sql/child/json_node'
import { lockDown } from '#lake-sql/child/lockdown'
import { planScans } from '#lake-sql/child/plan_scans'
import { SQL_PLAN_BYTES_MAX, SQL_PLANNED_STATEMENTS_MAX, SQL_TEMP_BYTES_MAX, type SqlLimits } from '#lake-sql/limits'
import type { TableShape } from '#lake-sql/local_table'
import type { Scan, Scans } from '#lake-sql/pruning/condition'
import type { ViewDefinition } from '#lake-sql/view'

/** A statement that may run, with the tables that it names, through views too, in lower case. */
export interface JudgedStatement {
  readonly text: string
  readonly tables: readonly string[]
}

/** What is planned. */
export interface PlanOptions {
  readonly tables: readonly TableShape[]
  readonly views: readonly ViewDefinition[]
  readonly statements: readonly JudgedStatement[]
  /** What now() will be when the statements run, as text. */
  readonly now: string
}

/** What a DuckDB may take, and where. */
export interface PlannerPlace {
  readonly limits: SqlLimits
  readonly tempFolder: string
}

/** Opens the DuckDB for one call of `scansOf`. */
export function openPlanner({ limits, tempFolder }: PlannerPlace): Promise<DuckDBInstance> {
  const { memoryBytes } = limits
  return openDuckdb({ memoryBytes, threads: 1, tempFolder, tempBytesMax: SQL_TEMP_BYTES_MAX })
}

/**
 * Tells the scans of the tables; nothing of any when they cannot be made here. A statement that cannot be planned uses
 * all rows of the tables that it names. The instance is closed in the end.
 */
export async function scansOf(instance: DuckDBInstance, options: PlanOptions): Promise<Scans> {
  try {
    const connection = await connectDuckdb(instance)
    try {
      await prepare(connection, options)
    } catch {
      // Tables that cannot be made: whether they can be read is said when the statements run.
      return {}
    }
    const scans = new Map<string, Scan[]>(options.tables.map(({ name }) => [name.toLowerCase(), []]))
    for (const [i, { text, tables }] of options.statements.entries()) {
      const found = i < SQL_PLANNED_STATEMENTS_MAX ? await statementScans(connection, text) : undefined
      if (found === undefined) for (const name of tables) scans.get(name)?.push([])
      else for (const [name, more] of found) scans.get(name.toLowerCase())?.push(...more)
    }
    return Object.fromEntries(scans)
  } finally {
    instance.closeSync()
  }
}

/** Where the tables are. The names that queries use are views of them, since a view has no hidden columns (rowid). */
const SCHEMA = 'rows_of'

async function prepare(connection: DuckDBConnection, { tables, views, now }: PlanOptions): Promise<void> {
  for (const statement of timeMacros(now)) await connection.run(statement)
  await connection.run(`CREATE SCHEMA ${SCHEMA}`)
  for (const definition of tables.flatMap(tableSql)) await connection.run(definition)
  for (const { name, query } of views) {
    // A statement that reads a view which does not fit the tables will say so when it runs.
    await connection.run(`CREATE VIEW ${quoteName(name)} AS ${query}`).catch(() => {})
  }
  const others = `SELECT string_agg(name, ',') FROM duckdb_optimizers()
    WHERE name NOT IN (${OPTIMIZERS.map(quoteText).join(',')})`
  const disabled = String((await connection.runAndReadAll(others)).getRows()[0]?.[0])
  await connection.run(`SET disabled_optimizers = ${quoteText(disabled)}`)
  await lockDown(connection, [])
}

function tableSql({ name, columns }: TableShape): readonly string[] {
  const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ')
  const table = `${SCHEMA}.${quoteName(name)}`
  return [`CREATE TABLE ${table} (${list})`, `CREATE VIEW ${quoteName(name)} AS FROM ${table}`]
}

/** Those that move filters, or fold what is in their way. None of them looks at what a table holds. */
export const OPTIMIZERS: readonly string[] = [
  'expression_rewriter',
  'filter_pullup',
  'filter_pushdown',
  'cte_filter_pusher',
  'cte_inlining',
  'deliminator',
  'regex_range',
]

/** The functions of time as they will be; here they hide DuckDB's own. */
function timeMacros(now: string): readonly string[] {
  const instant = `${quoteText(now)}::TIMESTAMPTZ`
  const names = ['now', 'get_current_timestamp', 'transaction_timestamp']
  return [
    ...names.map((name) => `CREATE MACRO ${name}() AS ${instant}`),
    ...['today', 'current_date'].map((name) => `CREATE MACRO ${name}() AS ${instant}::DATE`),
  ]
}

/**
 * Functions of which the value may be another one when the statement runs, though DuckDB folds them into constants. A
 * macro above is none of them any more, except where it was not reached (`system.now()`).
 */
export const UNSTABLE_FUNCTIONS: ReadonlySet<unknown> = new Set([
  'age',
  'current_database',
  'current_date',
  'current_localtime',
  'current_localtimestamp',
  'current_schema',
  'current_schemas',
  'current_setting',
  'get_current_time',
  'get_current_timestamp',
  'getvariable',
  'in_search_path',
  'now',
  'today',
  'transaction_timestamp',
  'txid_current',
])

/** undefined when the statement cannot be planned, or its plan not be understood: then nothing is known of it. */
async function statementScans(
  connection: DuckDBConnection,
  statement: string,
): Promise<ReadonlyMap<string, readonly Scan[]> | undefined> {
  const query = explainedQuery(statement)
  try {
    let stable = true
    visitNodes(await planOf(connection, { query, optimize: false }), (node) => {
      if (node.type === 'BOUND_FUNCTION' && UNSTABLE_FUNCTIONS.has(node.name)) stable = false
    })
    return stable ? planScans(await planOf(connection, { query, optimize: true }), SCHEMA) : undefined
  } catch {
    return undefined
  }
}

async function planOf(
  connection: DuckDBConnection,
  { query, optimize }: { readonly query: string; readonly optimize: boolean },
): Promise<unknown> {
  const json = `json_serialize_plan($1::VARCHAR, optimize := ${optimize})`
  const reader = await connection.runAndReadAll(
    `SELECT CASE WHEN strlen(plan) <= ${SQL_PLAN_BYTES_MAX} THEN plan END FROM (SELECT ${json} AS plan)`,
    [query],
  )
  const { error, plans } = JSON.parse(String(reader.getRows()[0]?.[0])) as { error?: boolean; plans?: unknown[] }
  if (error !== false || plans?.length !== 1) throw new Error('not one plan')
  return plans[0]
}
