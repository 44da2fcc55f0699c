// What a query asks of a table's rows, as far as it can be told from its syntax tree: for each place that reads the
// table, the simple conditions that all rows used there meet. Sound first: what is not surely understood is no condition.

/** A constant of a query, as its text writes it. */
export interface Literal {
  /** DuckDB's name of the constant's type, or of the one that it is cast to. */
  readonly type: string
  /** The text of a string, the digits of a number. */
  readonly text: string
  /** True for a string that is cast: `DATE '2026-11-21'`. */
  readonly cast: boolean
}

export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** A column compared with constants; a row that is used meets it. */
export interface Condition {
  readonly column: string
  /** What stands before the column's name; it is the table's name or alias. */
  readonly qualifier?: string
  /** All hold: one comparison, or the two of BETWEEN. `in`: one of the constants is equal. */
  readonly test:
    | { readonly kind: 'all'; readonly comparisons: readonly (readonly [Comparison, Literal])[] }
    | { readonly kind: 'in'; readonly literals: readonly Literal[] }
}

/** One place that reads a table, with the conditions that all hold there; without any, all rows may be used. */
export type Scan = readonly Condition[]

/** Constants of an IN that are looked at; a longer list is no condition. */
export const IN_LITERALS_MAX = 1_000

type Node = Readonly<Record<string, unknown>>

/**
 * The conditions of a SELECT that reads a single table directly; undefined when it is none. Joins are left alone: a row
 * that fails a condition may still decide which row another one is joined with (ASOF, POSITIONAL).
 */
export function scanOf(select: Node): { readonly table: Node; readonly scan: Scan } | undefined {
  const table = asNode(select.from_table)
  if (select.type !== 'SELECT_NODE' || table?.type !== 'BASE_TABLE') return undefined
  const plain = isEmpty(table.sample) && isEmpty(select.sample) && isEmpty(table.at_clause)
  if (!plain || !isEmpty(table.column_name_alias) || !isEmpty(table.schema_name) || !isEmpty(table.catalog_name)) {
    return { table, scan: [] }
  }
  const names = [lower(table.alias), lower(table.table_name)].filter((name) => name !== '')
  const aliases = new Set(nodesOf(select.select_list).map((item) => lower(item.alias)))
  const scan = conjuncts(select.where_clause).flatMap((expression) => {
    const condition = conditionOf(expression)
    if (condition === undefined) return []
    const { column, qualifier } = condition
    // An alias of the select list may be what an unqualified name means.
    const isOurs = qualifier === undefined ? !aliases.has(column) : qualifier === names[0]
    return isOurs ? [condition] : []
  })
  return { table, scan }
}

/** The expressions that a row must meet, one and all. */
function conjuncts(where: unknown): readonly Node[] {
  const found: Node[] = []
  const stack = [where]
  while (stack.length > 0) {
    const node = asNode(stack.pop())
    if (node === undefined) continue
    if (node.type === 'CONJUNCTION_AND') stack.push(...nodesOf(node.children))
    else found.push(node)
  }
  return found
}

function conditionOf(node: Node): Condition | undefined {
  if (node.class === 'COMPARISON') return comparisonOf(node)
  if (node.type === 'COMPARE_BETWEEN') return betweenOf(node)
  return node.type === 'COMPARE_IN' ? inOf(node) : undefined
}

const COMPARISONS: Readonly<Record<string, readonly [Comparison, flipped: Comparison]>> = {
  COMPARE_EQUAL: ['=', '='],
  COMPARE_LESSTHAN: ['<', '>'],
  COMPARE_LESSTHANOREQUALTO: ['<=', '>='],
  COMPARE_GREATERTHAN: ['>', '<'],
  COMPARE_GREATERTHANOREQUALTO: ['>=', '<='],
}

function comparisonOf({ type, left, right }: Node): Condition | undefined {
  const [comparison, flipped] = COMPARISONS[String(type)] ?? []
  if (comparison === undefined || flipped === undefined) return undefined
  const [column, literal] = [columnOf(left), literalOf(right)]
  if (column !== undefined && literal !== undefined) return all(column, [[comparison, literal]])
  const [otherColumn, otherLiteral] = [columnOf(right), literalOf(left)]
  if (otherColumn === undefined || otherLiteral === undefined) return undefined
  return all(otherColumn, [[flipped, otherLiteral]])
}

function betweenOf({ input, lower: from, upper: to }: Node): Condition | undefined {
  const [column, low, high] = [columnOf(input), literalOf(from), literalOf(to)]
  if (column === undefined || low === undefined || high === undefined) return undefined
  return all(column, [
    ['>=', low],
    ['<=', high],
  ])
}

function inOf({ children }: Node): Condition | undefined {
  const [first, ...others] = nodesOf(children)
  const column = columnOf(first)
  const literals = others.slice(0, IN_LITERALS_MAX + 1).map(literalOf)
  const known = literals.filter((literal) => literal !== undefined)
  if (column === undefined || known.length < literals.length) return undefined
  if (known.length === 0 || known.length > IN_LITERALS_MAX) return undefined
  return { ...column, test: { kind: 'in', literals: known } }
}

type ColumnName = Pick<Condition, 'column' | 'qualifier'>

function all(column: ColumnName, comparisons: readonly (readonly [Comparison, Literal])[]): Condition {
  return { ...column, test: { kind: 'all', comparisons } }
}

function columnOf(value: unknown): ColumnName | undefined {
  const node = asNode(value)
  if (node?.class !== 'COLUMN_REF' || !Array.isArray(node.column_names)) return undefined
  const names = node.column_names.map(lower)
  const [first = '', second] = names
  if (names.length === 1) return { column: first }
  return names.length === 2 && second !== undefined ? { column: second, qualifier: first } : undefined
}

function literalOf(value: unknown): Literal | undefined {
  const node = asNode(value)
  if (node?.class === 'CONSTANT') return constantOf(node)
  if (node?.type !== 'OPERATOR_CAST' || node.try_cast === true) return undefined
  const constant = constantOf(asNode(node.child))
  if (constant?.type !== 'VARCHAR') return undefined
  return { type: String(asNode(node.cast_type)?.id), text: constant.text, cast: true }
}

const NUMBER_TYPES = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'])

function constantOf(node: Node | undefined): Literal | undefined {
  const value = node?.class === 'CONSTANT' ? asNode(node.value) : undefined
  const type = asNode(value?.type)
  if (value === undefined || type === undefined || value.is_null === true) return undefined
  const { value: content } = value
  const id = String(type.id)
  if (id === 'VARCHAR' && typeof content === 'string') return { type: id, text: content, cast: false }
  if (NUMBER_TYPES.has(id) && Number.isSafeInteger(content))
    return { type: 'BIGINT', text: String(content), cast: false }
  if (id === 'DOUBLE' && Number.isFinite(content)) return { type: id, text: String(content), cast: false }
  const scale = asNode(type.type_info)?.scale
  if (id !== 'DECIMAL' || !Number.isSafeInteger(content) || !Number.isSafeInteger(scale)) return undefined
  return { type: 'DOUBLE', text: `${content}e-${scale}`, cast: false }
}

function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined
}

function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(asNode).filter((node) => node !== undefined) : []
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function lower(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : ''
}
