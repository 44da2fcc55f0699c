// How a result is written: one object a result, fed with its columns, its rows batch by batch, and its end.

import { csvFormat } from '#lake-sql/format/csv'
import { jsonFormat, ndjsonFormat } from '#lake-sql/format/json'
import { markdownFormat } from '#lake-sql/format/markdown'
import { type TableOptions, tableFormat } from '#lake-sql/format/table'
import type { ResultColumn, ResultRow } from '#lake-sql/result'

/** Turns a result into text. */
export interface ResultFormat {
  begin(columns: readonly ResultColumn[]): string
  rows(rows: readonly ResultRow[]): string
  end(summary: ResultSummary): string
  /** Rows beyond this are counted and not shown. */
  readonly rowsMax: number
}

/** How a result ended. */
export interface ResultSummary {
  readonly rowCount: number
  readonly elapsedMs: number
}

/** The names that --format takes. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'markdown'] as const

export type FormatName = (typeof FORMATS)[number]

/** A format for one result. */
export function resultFormat(name: FormatName, options: TableOptions): ResultFormat {
  if (name === 'json') return jsonFormat()
  if (name === 'ndjson') return ndjsonFormat()
  if (name === 'csv') return csvFormat({ terminal: options.width !== undefined })
  return name === 'markdown' ? markdownFormat() : tableFormat(options)
}
