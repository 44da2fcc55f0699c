// The formats that results can be written in, by name.

import { csvFormat } from '#lake-sql/format/csv'
import { jsonFormat, ndjsonFormat } from '#lake-sql/format/json'
import { markdownFormat } from '#lake-sql/format/markdown'
import { type TableOptions, tableFormat } from '#lake-sql/format/table'
import type { ResultFormat } from '#lake-sql/result_format'

export { jsonCell } from '#lake-sql/format/json'

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
