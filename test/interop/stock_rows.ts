// Rows of stocks by their columns' names.

import { schemaOf, TABLES } from '#lake/tables'
import type { Filter, Row } from './dialect.ts'

const STOCK_COLUMNS = schemaOf(TABLES[0] as (typeof TABLES)[number]).fields.map(({ name }) => name)
/** A column's value. */
export const at = (row: Row, column: string) => row[STOCK_COLUMNS.indexOf(column)] ?? null

/** Equality with values that are there, one of each kind. */
export function equalities(rows: readonly Row[], column: string): Filter[] {
  const kinds = new Map<string, string>()
  for (const row of rows) {
    const value = at(row, column)
    if (typeof value === 'string') kinds.set([...value].slice(0, 4).join(''), value)
  }
  return [...kinds.values()].slice(0, 12).map((value) => ({ column, comparison: '=', value }))
}

/** The quotes in rows of stocks */
export function quotesIn(rows: readonly Row[]): string[] {
  return quoteTexts(
    rows.map((row) => ({
      symbol: at(row, 'symbol'),
      price: at(row, 'price'),
      timestamp: Number(at(row, 'event_time')) / 1000,
      id: at(row, 'id'),
      extra: at(row, 'extra'),
    })),
  )
}

export function quoteTexts(quotes: readonly object[]): string[] {
  return quotes.map((quote) => JSON.stringify(quote))
}

/** Those of one source_topic. */
export function rowsFrom(rows: readonly Row[], source: string): readonly Row[] {
  return rows.filter((row) => at(row, 'source_topic') === source)
}
