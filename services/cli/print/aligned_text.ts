// A small table as text, for commands that list things: the same look as the results of queries.

import { resultFormat } from '#lake-sql/formats'
import type { ColumnKind } from '#lake-sql/result'

/** A row as the commands have it. */
export type Listing = readonly Readonly<Record<string, string | number | null>>[]

/** Aligns the rows; the first row's members are the columns. Empty for no rows. */
export function alignedText(rows: Listing, width: number | undefined): string {
  const first = rows[0]
  if (first === undefined) return ''
  const names = Object.keys(first)
  const format = resultFormat('table', { width, footer: false })
  const columns = names.map((name) => ({ name, type: 'VARCHAR', kind: kindOf(rows, name) }))
  const cells = rows.map((row) => names.map((name) => (row[name] == null ? null : String(row[name]))))
  return format.begin(columns) + format.rows(cells) + format.end({ rowCount: rows.length, elapsedMs: 0 })
}

function kindOf(rows: Listing, name: string): ColumnKind {
  return rows.some((row) => typeof row[name] === 'number') ? 'number' : 'text'
}
