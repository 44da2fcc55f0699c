// What a query gives: columns, then batches of rows, as text that is ready to be shown. How a value's text stands in
// JSON follows from the column's kind.

/**
 * `number` and `boolean` are JSON as they stand (but NaN and infinities), `json` is a list, struct or map as JSON,
 * `plan` is the picture of lines that EXPLAIN draws.
 */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'json' | 'plan'

/** A column of a result. `type` is DuckDB's name of it. */
export interface ResultColumn {
  readonly name: string
  readonly type: string
  readonly kind: ColumnKind
}

/** A value as text; null is SQL's NULL. */
export type Cell = string | null

/** One row, a cell a column. */
export type ResultRow = readonly Cell[]

/** What comes out of a query, in this order for each statement: columns, rows (any number), done; then one end. */
export type ResultEvent =
  | { readonly kind: 'columns'; readonly columns: readonly ResultColumn[] }
  | { readonly kind: 'rows'; readonly rows: readonly ResultRow[] }
  | { readonly kind: 'done'; readonly rowCount: number; readonly elapsedMs: number }
  | { readonly kind: 'end' }

/** Names for what must not have two columns of one name (a JSON object, a Parquet file): the second gets a number. */
export function uniqueNames(columns: readonly { readonly name: string }[]): readonly string[] {
  const taken = new Set<string>()
  return columns.map(({ name }) => {
    let unique = name
    for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`
    taken.add(unique)
    return unique
  })
}
