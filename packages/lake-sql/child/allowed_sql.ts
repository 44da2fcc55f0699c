// What SQL may do: queries alone run, judged by the syntax tree that DuckDB itself makes of them (json_serialize_sql),
// never by their text. Table functions are allowed by name: some write files (enable_logging), run hidden SQL (query)
// or read memory by address (arrow_scan), and no setting of DuckDB forbids those.

import { type Node, visitNodes } from '#lake-sql/child/json_node'
import type { Needs } from '#lake-sql/messages'
import { withoutLeadingComments } from '#lake-sql/statement'

/** Table functions that neither reach outside the query nor change anything. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'summary',
  'json_each',
  'json_tree',
  'histogram',
  'histogram_values',
  'icu_calendar_names',
  'pg_timezone_names',
])

/** Table functions that show what tables, columns and functions there are. */
const CATALOG_FUNCTIONS: ReadonlySet<string> = new Set([
  'duckdb_columns',
  'duckdb_databases',
  'duckdb_functions',
  'duckdb_keywords',
  'duckdb_schemas',
  'duckdb_settings',
  'duckdb_tables',
  'duckdb_types',
  'duckdb_views',
  'pragma_show',
  'pragma_table_info',
  'pragma_version',
])

const CATALOG_SCHEMAS: ReadonlySet<string> = new Set(['information_schema', 'pg_catalog'])

/** What DuckDB's json_serialize_sql answers. */
export interface SyntaxTree {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly statements?: readonly unknown[]
}

/** A statement that may run, with the names it reads, or why it may not. */
export type Verdict =
  | { readonly kind: 'query'; readonly reads: NamedReads }
  | { readonly kind: 'refused'; readonly message: string }

const EXPLAIN = /^explain\b(?:\s+analyze\b|\s*\([a-z\s,]*\))?\s*/i

/** The query that is to be judged: what EXPLAIN explains, since EXPLAIN ANALYZE runs it; else the statement itself. */
export function explainedQuery(statement: string): string {
  const body = withoutLeadingComments(statement)
  return withoutLeadingComments(body.replace(EXPLAIN, ''))
}

/** Judges a statement by its syntax tree. */
export function judge(tree: SyntaxTree): Verdict {
  if (tree.error) return refused(tree.error_type === 'not implemented' ? ONLY_QUERIES : syntaxError(tree))
  if (tree.statements?.length !== 1) return refused('a statement must end with `;` and hold one query')
  const found: Found = { names: new Set(), ctes: new Set(), catalog: false, forbidden: undefined }
  visitNodes(tree.statements[0], (node) => visitNode(node, found))
  if (found.forbidden !== undefined) {
    return refused(`the table function ${found.forbidden} is not allowed here; read the tables and views by name`)
  }
  return { kind: 'query', reads: found }
}

/** The tables that queries read, through views too. Names are compared without case. */
export function needsOf(verdicts: readonly NamedReads[], known: KnownNames): Needs {
  const seen = new Set<string>()
  let catalog = false
  const visit = (reads: NamedReads) => {
    catalog ||= reads.catalog
    for (const name of reads.names) {
      const view = known.views.get(name)
      // A name that is neither is a mistake: then DuckDB should see all names, to suggest the one that was meant.
      if (view === undefined) catalog ||= !known.tables.has(name) && !reads.ctes.has(name)
      else if (!seen.has(name)) visit(view)
      seen.add(name)
    }
  }
  for (const reads of verdicts) visit(reads)
  const names = [...seen]
  return {
    tables: names.filter((name) => known.tables.has(name)),
    views: names.filter((name) => known.views.has(name)),
    catalog,
  }
}

/** The names that a query reads, in lower case; a name of its WITH clause may also be one of a table. */
export interface NamedReads {
  readonly names: ReadonlySet<string>
  readonly ctes: ReadonlySet<string>
  /** True when it looks at the list of tables itself. */
  readonly catalog: boolean
}

/** What there is to be read, by names in lower case. */
export interface KnownNames {
  readonly tables: ReadonlySet<string>
  readonly views: ReadonlyMap<string, NamedReads>
}

const ONLY_QUERIES =
  'only queries can run here: SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN, and PIVOT ' +
  'with its values listed (ON column IN (...))'

function refused(message: string): Verdict {
  return { kind: 'refused', message }
}

function syntaxError(tree: SyntaxTree): string {
  return `Parser Error: ${tree.error_message ?? 'the statement cannot be read'}`
}

interface Found extends NamedReads {
  readonly names: Set<string>
  readonly ctes: Set<string>
  catalog: boolean
  forbidden: string | undefined
}

function visitNode(node: Node, found: Found): void {
  if (node.type === 'BASE_TABLE') visitTable(node, found)
  if (node.type === 'SHOW_REF' && node.table_name !== '') found.catalog = true
  if (node.type === 'TABLE_FUNCTION') visitFunction(node.function as { function_name?: unknown }, found)
  const ctes = (node.cte_map as { map?: readonly { key?: unknown }[] } | undefined)?.map
  for (const { key } of ctes ?? []) found.ctes.add(String(key).toLowerCase())
}

function visitTable(node: Node, found: Found): void {
  const schema = String(node.schema_name ?? '').toLowerCase()
  if (CATALOG_SCHEMAS.has(schema)) found.catalog = true
  else found.names.add(String(node.table_name).toLowerCase())
}

function visitFunction(call: { function_name?: unknown } | undefined, found: Found): void {
  const name = String(call?.function_name ?? '').toLowerCase()
  if (CATALOG_FUNCTIONS.has(name)) found.catalog = true
  else if (!TABLE_FUNCTIONS.has(name)) found.forbidden = name
}
