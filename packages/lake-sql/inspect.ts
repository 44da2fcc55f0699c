// What may run: queries alone, judged by the syntax tree that DuckDB itself makes of them (json_serialize_sql), never by
// their text. Table functions are allowed by name: some write files (enable_logging), run hidden SQL (query) or read
// memory by address (arrow_scan), and no setting of DuckDB forbids those.

import type { Needs } from '#lake-sql/messages'
import { type Scan, scanOf } from '#lake-sql/scan'
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
  const found: Found = {
    names: new Set(),
    ctes: new Set(),
    scans: new Map(),
    conditional: new Set(),
    catalog: false,
    forbidden: undefined,
  }
  walk(tree.statements[0], found)
  if (found.forbidden !== undefined) {
    return refused(`the table function ${found.forbidden} is not allowed here; read the tables and views by name`)
  }
  return { kind: 'query', reads: found }
}

/** The tables that queries read, through views too. Names are compared without case. */
export function needsOf(verdicts: readonly NamedReads[], known: KnownNames): Needs {
  const seen = new Set<string>()
  const scans = new Map<string, Scan[]>()
  let catalog = false
  const visit = (reads: NamedReads) => {
    catalog ||= reads.catalog
    for (const [name, found] of reads.scans) {
      if (known.tables.has(name)) scans.set(name, [...(scans.get(name) ?? []), ...found])
    }
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
    scans: Object.fromEntries(scans),
    catalog,
  }
}

/** The names that a query reads, in lower case; a name of its WITH clause may also be one of a table. */
export interface NamedReads {
  readonly names: ReadonlySet<string>
  readonly ctes: ReadonlySet<string>
  /** Every place that reads a name, with what it asks of the rows. */
  readonly scans: ReadonlyMap<string, readonly Scan[]>
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
  readonly scans: Map<string, Scan[]>
  /** The nodes of tables whose scan is noted already, by the SELECT around them. */
  readonly conditional: Set<unknown>
  catalog: boolean
  forbidden: string | undefined
}

/** Visits every node of the tree; a stack of its own, since a tree may be deeper than the call stack. */
function walk(root: unknown, found: Found): void {
  const stack: unknown[] = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    if (typeof node !== 'object' || node === null) continue
    if (!Array.isArray(node)) visitNode(node as Record<string, unknown>, found)
    for (const child of Object.values(node)) if (typeof child === 'object' && child !== null) stack.push(child)
  }
}

function visitNode(node: Record<string, unknown>, found: Found): void {
  const select = scanOf(node)
  if (select !== undefined) {
    found.conditional.add(select.table)
    addScan(select.table, select.scan, found)
  }
  if (node.type === 'BASE_TABLE') visitTable(node, found)
  if (node.type === 'SHOW_REF' && node.table_name !== '') found.catalog = true
  if (node.type === 'TABLE_FUNCTION') visitFunction(node.function as { function_name?: unknown }, found)
  const ctes = (node.cte_map as { map?: readonly { key?: unknown }[] } | undefined)?.map
  for (const { key } of ctes ?? []) found.ctes.add(String(key).toLowerCase())
}

function visitTable(node: Record<string, unknown>, found: Found): void {
  const schema = String(node.schema_name ?? '').toLowerCase()
  if (CATALOG_SCHEMAS.has(schema)) found.catalog = true
  else found.names.add(String(node.table_name).toLowerCase())
  if (!found.conditional.has(node)) addScan(node, [], found)
}

function addScan(table: Readonly<Record<string, unknown>>, scan: Scan, found: Found): void {
  const name = String(table.table_name).toLowerCase()
  found.scans.set(name, [...(found.scans.get(name) ?? []), scan])
}

function visitFunction(call: { function_name?: unknown } | undefined, found: Found): void {
  const name = String(call?.function_name ?? '').toLowerCase()
  if (CATALOG_FUNCTIONS.has(name)) found.catalog = true
  else if (!TABLE_FUNCTIONS.has(name)) found.forbidden = name
}
