// What a query asks of a table's rows: for each place of its plan that reads the table, the simple conditions that all
// rows used there meet. Sound first: what is not surely understood is no condition.

/** A constant as DuckDB's plan has it: already of the type that it is compared in. */
export interface Constant {
  /** DuckDB's name of its type. */
  readonly type: string
  /** Text; a number; days of a date and microseconds of a timestamp since the epoch. */
  readonly value: string | number
}

export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** A row that is used meets it. */
export type Condition =
  | {
      readonly kind: 'compare'
      /** As the table's schema writes it. */
      readonly column: string
      readonly comparison: Comparison
      readonly constant: Constant
    }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition[] }

/** One place that reads a table, with the conditions that all hold there; without any, all rows may be used. */
export type Scan = readonly Condition[]

/** The scans of each table, by its name in lower case: none of a table that is not read at all. */
export type Scans = Readonly<Record<string, readonly Scan[]>>
